using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Metricity.Ownership;
using Metricity.Rest;
using Metricity.Tables;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>What of a guild's history to fetch.</summary>
/// <param name="ChannelId">Null = the whole guild.</param>
/// <param name="Since">UTC; null = since the guild was made.</param>
internal sealed record BackfillRequest(GuildSettings Guild, Snowflake? ChannelId, DateTime? Since);

/// <summary>Puts together what a backfill needs, from checked settings.</summary>
internal sealed class BackfillRun(Settings settings, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>Half of Discord's limit for the token, so that the collector always gets through.</summary>
    private const int RequestsPerSecond = 25;

    /// <inheritdoc cref="Backfill.RunAsync"/>
    public async Task<BackfillOutcome> RunAsync(BackfillRequest request, HistoryMeter meter, CancellationToken cancellationToken)
    {
        var guildId = request.Guild.Id;
        var storage = new StorageOptions
        {
            ConnectionString = settings.ConnectionString!.Reveal(),
            GuildSchemas = new Dictionary<Snowflake, string> { [guildId] = request.Guild.Schema },
        };
        var options = new RestOptions
        {
            Token = settings.Token!,
            BaseUrl = settings.ApiBaseUrl,
            RequestsPerSecond = RequestsPerSecond,
        };
        using var http = RestHttp.CreateClient();
        await using var database = StorageDataSource.Create(storage);
        await using var guildLock = new BackfillLock(database, guildId);
        var rest = new DiscordRest(http, options, time, loggers.CreateLogger<DiscordRest>()).InBackground;
        var batches = new BatchStore(database, storage, null, new StorageStatus(), time, loggers.CreateLogger<BatchStore>())
        {
            Guard = guildLock.HoldAsync,
        };
        var stores = new BackfillStores(
            async cancellation =>
            {
                await new GuildStore(database, storage).RegisterAsync(cancellation);

                return await new ChannelTreeStore(database, storage).LoadAsync(guildId, cancellation);
            },
            guildLock,
            new LedgerStore(database, storage),
            batches);
        var backfill = new Backfill(request.Guild.ToRules(settings.Collect.CollectBots), stores, rest, loggers, time);

        return await backfill.RunAsync(request.ChannelId, request.Since, meter, cancellationToken);
    }
}
