using Metricity.DiscordSimulator.Seed;
using Metricity.IntegrationTests.Deploy;
using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Report;

/// <summary>
/// A server of its own with two seeded guilds and the roles of deploy/postgres/roles.sql: <c>public</c> with <c>insights</c>, and
/// <c>guild_two</c> with <c>guild_two_insights</c>. Both seeds end with the running hour, since Grafana's ranges end now.
/// </summary>
[CollectionDefinition(Collection)]
public sealed class InsightsServer : IAsyncLifetime, ICollectionFixture<InsightsServer>
{
    public const string Collection = "dashboards and questions";

    public const string GuildTwo = "guild_two_insights";

    private const string Database = "metricity";

    /// <summary>So small a seed may have an answer in every open help thread.</summary>
    private const string UnansweredSql =
        """
        insert into {0}.threads (id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type, owner_id)
        select '9000000000000000000', parent_channel_id, now() at time zone 'UTC' - interval '90 minutes', 'Is anybody here?', false,
            auto_archive_duration, false, type, owner_id
        from {0}.threads
        where parent_channel_id in (select id from {0}.channels where type = 'forum') and owner_id is not null
        order by created_at limit 1
        """;

    private readonly string _secrets = Directory.CreateTempSubdirectory("metricity-roles").FullName;
    private PostgresCluster _cluster = null!;

    /// <summary>By insights schema.</summary>
    public IReadOnlyDictionary<string, GuildSeed> Seeds { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgresCluster.StartNewAsync();
        var migrator = new SchemaMigrator(_cluster.For(Database), ["public", "guild_two"], _ => { });
        await migrator.CreateDatabaseIfMissingAsync(default);
        await migrator.UpAsync(null, default);
        await RolesScript.WriteSecretsAsync(_secrets);
        Assert.Equal(0, await RolesScript.RunAsync(_cluster, Database, _secrets));

        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var until = now.Date.AddHours(now.Hour);
        var size = new GuildSeedOptions { Messages = 20_000, Days = 400, Users = 800, Threads = 600, Gaps = 4, Until = until };
        var one = new GuildSeed(size);
        var two = new GuildSeed(size with { Messages = 6_000, Days = 130, Users = 300, Threads = 300, Gaps = 3, Seed = 2, GuildId = 1 });
        foreach (var (schema, seed) in new[] { ("public", one), ("guild_two", two) })
        {
            await new SeedWriter(_cluster.For(Database), schema, _ => { }).WriteAsync(seed, default);
            await using var source = NpgsqlDataSource.Create(_cluster.For(Database));
            await using var command = source.CreateCommand(UnansweredSql.Replace("{0}", schema, StringComparison.Ordinal));
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        Seeds = new Dictionary<string, GuildSeed> { ["insights"] = one, [GuildTwo] = two };
    }

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_secrets, recursive: true);
        await _cluster.DisposeAsync();
    }

    /// <param name="role">A login: <c>grafana</c> or <c>metabase_reader</c>.</param>
    internal async Task<QueryAnswer> ReadAsync(string role, string sql)
    {
        await using var source = NpgsqlDataSource.Create(_cluster.For(Database, role));
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var columns = Enumerable.Range(0, reader.FieldCount).Select(i => new QueryColumn(reader.GetName(i), reader.GetDataTypeName(i)));
        var answer = new QueryAnswer([.. columns], []);
        while (await reader.ReadAsync())
        {
            answer.Rows.Add([.. answer.Columns.Select((_, i) => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        }

        return answer;
    }
}
