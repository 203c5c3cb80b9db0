using Npgsql;

namespace Metricity.Demo;

/// <summary>A row of <c>member_events</c> that was found by comparing. Times in UTC.</summary>
internal sealed record MemberEvent(string UserId, bool IsLeave, DateTime At, DateTime? Earliest, DateTime? Latest)
{
    public static async Task<IReadOnlyList<MemberEvent>> ReadInferredAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select user_id, kind = 'leave', at at time zone 'UTC', earliest at time zone 'UTC', latest at time zone 'UTC'
            from member_events
            where inferred
            """;
        var events = new List<MemberEvent>();
        await using var command = database.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            events.Add(new MemberEvent(
                reader.GetString(0),
                reader.GetBoolean(1),
                reader.GetDateTime(2),
                await reader.IsDBNullAsync(3, cancellationToken) ? null : reader.GetDateTime(3),
                await reader.IsDBNullAsync(4, cancellationToken) ? null : reader.GetDateTime(4)));
        }

        return events;
    }
}
