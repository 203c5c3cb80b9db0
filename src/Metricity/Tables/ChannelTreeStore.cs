using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Tables;

/// <summary>Reads what the tables hold of a guild's channels and threads.</summary>
internal sealed class ChannelTreeStore(NpgsqlDataSource dataSource, StorageOptions options)
{
    private sealed record StoredChannel(string Id, string? CategoryId, bool IsStandIn);

    private sealed record StoredThread(string Id, string ParentId);

    /// <summary>Stand-ins, those that the store made too, are told apart.</summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public Task<ChannelTree> LoadAsync(Snowflake guildId, CancellationToken cancellationToken) => Session.RunAsync(
        dataSource, options.CommandTimeout, options.GuildSchemas[guildId], session => LoadAsync(session, guildId), cancellationToken);

    private static async Task<ChannelTree> LoadAsync(Session session, Snowflake guildId)
    {
        const string CategorySql = "select id from categories where not deleted";
        const string ChannelSql =
            """
            select id as Id, category_id as CategoryId, type is null and name = 'unknown-' || id as IsStandIn
            from channels
            where not deleted
            """;
        const string ThreadSql = "select id as Id, parent_channel_id as ParentId from threads";
        var directory = new ChannelTree(guildId);
        directory.Categories.UnionWith(await session.QueryIdsAsync(CategorySql));
        directory.HiddenChannels.UnionWith(await LedgerStore.GetHiddenChannelsAsync(session, guildId));
        foreach (var row in await session.QueryAsync<StoredChannel>(ChannelSql))
        {
            if (!Snowflake.TryParse(row.Id, out var id))
            {
                continue;
            }

            if (row.IsStandIn)
            {
                directory.StandIns.Add(id);
            }
            else
            {
                directory.Channels[id] = Snowflake.TryParse(row.CategoryId, out var categoryId) ? categoryId : null;
            }
        }

        foreach (var row in await session.QueryAsync<StoredThread>(ThreadSql))
        {
            if (Snowflake.TryParse(row.Id, out var id) && Snowflake.TryParse(row.ParentId, out var parentId))
            {
                directory.Threads[id] = parentId;
            }
        }

        return directory;
    }
}
