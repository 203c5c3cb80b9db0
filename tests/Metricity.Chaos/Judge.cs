using System.Globalization;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Chaos;

/// <summary>Waits for quiet and compares what the collector stored with the truth.</summary>
internal sealed class Judge(ChaosOptions options, Bed bed, TimeProvider time)
{
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromMinutes(4);

    /// <summary>Healing rests for longer only when there is nothing it could do.</summary>
    private static readonly TimeSpan HealPause = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<CoverageGap> _gaps = [];
    private readonly Dictionary<string, int> _admitted = [];
    private bool _hasLedger;

    /// <summary>Waits until everything sent is committed and the member lists are complete.</summary>
    public async Task<bool> SettledAsync(TimeSpan limit, CancellationToken abort)
    {
        var start = time.GetTimestamp();
        while (!await IsSettledAsync(abort))
        {
            if (time.GetElapsedTime(start) > limit)
            {
                return false;
            }

            await Task.Delay(Pause, time, abort);
        }

        return true;
    }

    public async Task<ChaosResult> JudgeAsync(CancellationToken abort)
    {
        var start = time.GetTimestamp();
        var wrong = new List<string>();
        await using (var connection = await bed.ConnectAsync())
        {
            _hasLedger = await CoverageLedger.ExistsAsync(connection, abort);
        }

        if (!await SettledAsync(CatchUpLimit, abort))
        {
            wrong.Add($"{CatchUpLimit.TotalMinutes:0} minutes after the last fault not everything was committed: "
                + $"position {await PositionAsync(abort)} of {bed.Simulator.Gateway.LastSequence}");
        }

        var caughtUp = time.GetElapsedTime(start);
        var healed = await HealedAsync(abort);
        var tables = await CompareAsync(abort);

        // What the collector asked REST for by itself has no sequence; it may come a moment later.
        for (var attempt = 0; attempt < 30 && tables.Any(table => table.Differences.Count > 0); attempt++)
        {
            await Task.Delay(Pause * 2, time, abort);
            tables = await CompareAsync(abort);
        }

        wrong.AddRange(tables.SelectMany(table => table.Differences).Select(difference => difference.ToString()));
        wrong.AddRange(await OddMemberEventsAsync(abort));
        await bed.Collectors.TerminateAsync();
        foreach (var guild in bed.Guilds)
        {
            await using var database = Open(guild);
            await using var connection = await database.OpenConnectionAsync(abort);
            wrong.AddRange(await RollupCheck.DifferencesAsync(connection, guild.Schema, abort));
        }

        wrong.AddRange(bed.Journal.Wrong);
        wrong.AddRange(bed.Simulator.Gateway.Failures.Select(failure => $"the simulator failed: {failure}"));
        if (!options.Lossy && bed.Simulator.Gateway.IdentifyCount > 1)
        {
            wrong.Add($"{bed.Simulator.Gateway.IdentifyCount} IDENTIFYs, though no session was lost");
        }

        await File.WriteAllLinesAsync(Path.Combine(options.Directory, "findings.log"), wrong, abort);

        return new ChaosResult(wrong, tables, [.. Summary(tables, caughtUp), .. healed ? [] : new[] { "healing had not come to an end" }]);
    }

    /// <summary>Waits until no gap is open, or nothing has been done about those that are for a while.</summary>
    private async Task<bool> HealedAsync(CancellationToken abort)
    {
        const string Sql =
            """
            select count(*) filter (where healed_at is null),
                (select format('%s %s %s', sum(pages), count(*), count(*) filter (where state = 'open')) from metricity.coverage_channels)
            from metricity.coverage
            where kind = 'gap'
            """;
        if (!_hasLedger)
        {
            return true;
        }

        var start = time.GetTimestamp();
        var progress = "";
        var since = start;
        while (time.GetElapsedTime(start) < CatchUpLimit)
        {
            await using (var connection = await bed.ConnectAsync())
            await using (var command = new NpgsqlCommand(Sql, connection))
            await using (var reader = await command.ExecuteReaderAsync(abort))
            {
                await reader.ReadAsync(abort);
                if (reader.GetInt64(0) == 0)
                {
                    return true;
                }

                if (reader.GetString(1) != progress)
                {
                    progress = reader.GetString(1);
                    since = time.GetTimestamp();
                }
            }

            if (time.GetElapsedTime(since) > HealPause)
            {
                return true;
            }

            await Task.Delay(Pause, time, abort);
        }

        return false;
    }

    private async Task<bool> IsSettledAsync(CancellationToken abort)
    {
        const string Sql = "select count(*) from metricity.guilds where members_synced_at is not null";
        try
        {
            await using var connection = await bed.ConnectAsync();
            await using var command = new NpgsqlCommand(Sql, connection);

            return bed.Simulator.Gateway.IsLive
                && await command.ExecuteScalarAsync(abort) is long synced && synced == bed.Guilds.Count
                && await PositionAsync(abort) == bed.Simulator.Gateway.LastSequence;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.AdminShutdown)
        {
            return false;
        }
    }

    private async Task<long> PositionAsync(CancellationToken abort)
    {
        const string Sql = "select coalesce(max(sequence), 0) from metricity.positions where session_id = $1";
        await using var connection = await bed.ConnectAsync();
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.AddWithValue(bed.Simulator.Gateway.Session?.Id ?? "");

        return (long)(await command.ExecuteScalarAsync(abort))!;
    }

    private async Task<IReadOnlyList<ComparedTable>> CompareAsync(CancellationToken abort)
    {
        var tables = new List<ComparedTable>();
        _gaps.Clear();
        _admitted.Clear();
        foreach (var guild in bed.Guilds)
        {
            await using var database = Open(guild);
            var truth = bed.Simulator.World.Truth(guild.Guild);
            var compared = await new Comparison(truth, guild.Staff.Id, database).RunAsync(abort);
            if (_hasLedger)
            {
                var ledger = await CoverageLedger.ReadAsync(truth, database, abort);
                _gaps.AddRange(ledger.Gaps);
                compared = [.. compared.Select(table => WithoutAdmitted(table, ledger))];
            }

            tables.AddRange(compared);
        }

        return tables;
    }

    private ComparedTable WithoutAdmitted(ComparedTable table, CoverageLedger ledger)
    {
        var left = new List<Difference>();
        foreach (var difference in table.Differences)
        {
            if (ledger.WhyAdmitted(difference) is { } why)
            {
                var kind = $"{table.Name}: {why}";
                _admitted[kind] = _admitted.GetValueOrDefault(kind) + 1;
            }
            else
            {
                left.Add(difference);
            }
        }

        return table with { Differences = left };
    }

    /// <summary>Joins and leaves of one user take turns, and the last one says whether the user is there.</summary>
    private async Task<IReadOnlyList<string>> OddMemberEventsAsync(CancellationToken abort)
    {
        const string Sql =
            """
            select format('member event %s: %s of %s after %s', id, kind, user_id, coalesce(earlier, 'nothing'))
            from (
                select id, user_id, kind, lag(kind) over (partition by user_id order by id) as earlier from member_events
            ) as events
            where kind = 'leave' and earlier = 'leave' or kind <> 'leave' and earlier <> 'leave'
            union all
            select format('member event: the last one of %s is %s, in guild is %s', u.id, coalesce(l.kind, 'missing'), u.in_guild)
            from users u
            left join lateral (select kind from member_events e where e.user_id = u.id order by e.id desc limit 1) as l on true
            where u.in_guild and l.kind is distinct from 'join' and l.kind is distinct from 'rejoin' or not u.in_guild and l.kind <> 'leave'
            """;
        var odd = new List<string>();
        foreach (var guild in bed.Guilds)
        {
            await using var database = Open(guild);
            await using var command = database.CreateCommand(Sql);
            await using var reader = await command.ExecuteReaderAsync(abort);
            while (await reader.ReadAsync(abort))
            {
                odd.Add(reader.GetString(0));
            }
        }

        return odd;
    }

    private NpgsqlDataSource Open(ChaosGuild guild) => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(bed.Cluster.For(Bed.Database)) { SearchPath = guild.Schema, Pooling = false });

    private List<string> Summary(IReadOnlyList<ComparedTable> tables, TimeSpan caughtUp)
    {
        var gateway = bed.Simulator.Gateway;
        var lines = new List<string>();
        foreach (var lane in Faults.Chosen(options).GroupBy(fault => fault.Lane))
        {
            foreach (var fault in lane)
            {
                lines.Add($"  {lane.Key,-9} {fault.Name,-40} {bed.Journal.Counts.GetValueOrDefault(fault.Name),5}");
            }
        }

        var ends = string.Join(", ", bed.Collectors.OwnEnds.OrderBy(end => end.Key).Select(end => $"{end.Value} with {end.Key}"));
        lines.Add($"  {"",-9} {"all faults",-40} {bed.Journal.Total,5}");
        lines.Add($"collector: {bed.Collectors.Starts} starts, ended by itself: {(ends.Length == 0 ? "never" : ends)}");
        lines.Add($"gateway: {gateway.IdentifyCount} IDENTIFYs, {gateway.ResumeCount} RESUMEs ({gateway.ResumedCount} successful), "
            + $"{gateway.Connections.Count} connections; REST: {bed.Simulator.Rest.Requests.Count} requests");
        if (_hasLedger)
        {
            var open = _gaps.Where(gap => !gap.IsHealed).ToList();
            lines.Add($"ledger: {_gaps.Count} gaps, {_gaps.Count - open.Count} healed, {open.Count} open"
                + (open.Count == 0 ? "" : $" ({string.Join("; ", open.SelectMany(gap => gap.Reasons).Distinct().DefaultIfEmpty("no reason"))})")
                + $"; {_admitted.Values.Sum()} differences that it admits:");
            lines.AddRange(_admitted.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"  {kind.Value,6} {kind.Key}"));
        }

        lines.Add(bed.Disk is null
            ? "disk full: left out, the server runs in a container or mounting is not allowed here"
            : "disk full: a tablespace on a file system of its own");
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"caught up {caughtUp.TotalSeconds:0.0} s after the last fault"));
        lines.AddRange(tables.GroupBy(table => table.Name).Select(table =>
            $"{table.Key}: {table.Sum(t => t.Matched)} of {table.Sum(t => t.Expected)} as they should be"));

        return lines;
    }
}
