using Metricity.DiscordSimulator;
using Metricity.IntegrationTests.Collect;

namespace Metricity.IntegrationTests.Coverage;

/// <summary>The collector's bed for sessions that are lost and what is healed after them, and what the ledger holds.</summary>
internal static class HealBed
{
    public static Task<CollectorHarness> StartAsync() => CollectorHarness.StartAsync(options: time => new SimulatorOptions
    {
        TimeProvider = time,
        IdentifyWindow = TimeSpan.Zero,
        MemberRequestWindow = TimeSpan.Zero,
        ReplayBufferSize = 100_000,
        RateLimits = false,
        SessionTtl = TimeSpan.FromHours(24),
    });

    /// <summary>
    /// While no collector runs: Discord forgets the session, and so much time passes that the next start need not wait before it asks for
    /// the members.
    /// </summary>
    public static void ExpireSession(this CollectorHarness bed)
    {
        bed.Time.Skip(TimeSpan.FromSeconds(31));
        bed.Discord.Gateway.ExpireSessions();
    }

    /// <summary>Waits until no gap is open, letting time go fast.</summary>
    public static async Task WaitUntilHealedAsync(this CollectorHarness bed)
    {
        await bed.WaitUntilSyncedAsync(passTime: true);
        await bed.PassTimeUntilAsync(async () => (await bed.OpenGapsAsync()).Count == 0, "no gap is open");
    }

    public static Task<IReadOnlyList<string>> OpenGapsAsync(this CollectorHarness bed) => bed.Database.ListAsync<string>(
        "select reason from metricity.coverage where kind = 'gap' and healed_at is null order by id");

    /// <summary>The ledger as the guild's admins see it, oldest first: status and reason.</summary>
    public static Task<IReadOnlyList<string>> CoverageAsync(this CollectorHarness bed) => bed.Database.ListAsync<string>(
        "select status || coalesce(': ' || reason, '') from coverage order by started_at, id");

    public static Task<bool> ScalarTrueAsync(this CollectorHarness bed, string sql) => bed.Database.ScalarAsync<bool>(sql);
}
