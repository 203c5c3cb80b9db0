using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Report;

/// <summary>
/// Reads a guild's report from the views and functions of its insights schema and from nothing else, so that a login with the role
/// metricity_reader is enough. All of a report is one snapshot, read over one connection.
/// </summary>
internal sealed partial class InsightsReader : IAsyncDisposable
{
    /// <summary>Charts by channel; more would say less.</summary>
    private const int MaxSeries = 6;

    /// <summary>Newcomers are looked at for as long as their views keep telling of the first hours.</summary>
    private const int MaxNewcomerDays = 30;

    private readonly NpgsqlDataSource _database;
    private readonly TimeSpan _timeout;

    /// <param name="connectionString">As <see cref="ConnectionStrings.TryParse"/> gives it. Nothing is opened yet.</param>
    public InsightsReader(string connectionString)
    {
        var options = new StorageOptions { ConnectionString = connectionString, GuildSchemas = new Dictionary<Snowflake, string>() };
        _database = StorageDataSource.Create(options);
        _timeout = options.CommandTimeout;
    }

    /// <exception cref="StopException">No such zone or channel.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act: no insights schema, no rights, wrong password.</exception>
    public Task<GuildReport> ReadAsync(ReportRequest request, CancellationToken cancellationToken) =>
        Session.RunAsync(_database, _timeout, null, async session =>
        {
            try
            {
                await EnterAsync(session, request);

                return await ReadAsync(session, request);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege)
            {
                throw NoRights(request);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedFunction)
            {
                throw new StopException(ExitCode.Database,
                $"Schema \"{request.InsightsSchema}\" is older than this program: run `metricity --migrate`.");
            }
        }, cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>Makes the insights schema the one that names are looked up in.</summary>
    private static async Task EnterAsync(Session session, ReportRequest request)
    {
        var parameters = new { Schema = request.InsightsSchema };
        await session.ExecuteAsync("set transaction isolation level repeatable read, read only");
        if (!await session.QuerySingleAsync<bool>("select exists (select from pg_namespace where nspname = @Schema)", parameters))
        {
            throw new StopException(ExitCode.Database,
                $"The database has no schema \"{request.InsightsSchema}\", where the answers are: run `metricity --migrate`.");
        }

        // Without this right its functions would seem not to exist.
        if (!await session.QuerySingleAsync<bool>("select has_schema_privilege(@Schema, 'usage')", parameters))
        {
            throw NoRights(request);
        }

        await session.UseSchemaAsync(request.InsightsSchema);
    }

    private static StopException NoRights(ReportRequest request) => new(ExitCode.Database,
        $"The database user may not read schema \"{request.InsightsSchema}\": grant metricity_reader to it.");

    private static async Task<GuildReport> ReadAsync(Session session, ReportRequest request)
    {
        var zone = await ReadZoneAsync(session, request.Zone);
        var period = await ReadPeriodAsync(session, zone, request.Days);
        var step = StepOf(request.Days);
        var helpStep = request.Days <= 14 ? ReportStep.Day : request.Days <= 730 ? ReportStep.Week : ReportStep.Month;
        var chosen = await ReadChosenAsync(session, request.Channels);

        var activity = await ReadActivityAsync(session, period, step, null);
        var members = await ReadMembersAsync(session, period, step);
        var channels = await ReadChannelsAsync(session, period, chosen);
        var series = new List<ChannelSeries>();
        foreach (var channel in channels.Take(MaxSeries))
        {
            series.Add(new ChannelSeries(channel.Id, channel.Name, await ReadActivityAsync(session, period, step, channel.Id)));
        }

        var (gaps, gapCount) = await ReadGapsAsync(session, period);

        return new GuildReport
        {
            GuildId = request.GuildId,
            Schema = request.Schema,
            Zone = zone,
            Days = request.Days,
            Step = step,
            Since = period.Since,
            Until = period.Until,
            Now = await ReadFiguresAsync(session, period),
            Before = await ReadFiguresAsync(session, period.Before),
            Activity = activity,
            Channels = channels,
            ChannelsAreChosen = chosen is not null,
            ChannelSeries = series,
            Help = await ReadHelpAsync(session, period),
            HelpPoints = await ReadHelpPointsAsync(session, period, helpStep),
            HelpStep = helpStep,
            Hours = await ReadHoursAsync(session, period),
            Week = await ReadWeekAsync(session, period),
            Members = members,
            Retention = await ReadRetentionAsync(session),
            Newcomers = await ReadNewcomersAsync(session, period, Math.Min(request.Days, MaxNewcomerDays)),
            Quiet = await ReadQuietAsync(session, period),
            Gaps = gaps,
            GapCount = gapCount,
        };
    }

    /// <summary>At most some hundred steps, so that a bar of a chart stays wider than a pixel.</summary>
    private static ReportStep StepOf(int days) => days switch
    {
        <= 2 => ReportStep.Hour,
        <= 92 => ReportStep.Day,
        <= 730 => ReportStep.Week,
        _ => ReportStep.Month,
    };

    private static async Task<string> ReadZoneAsync(Session session, string zone)
    {
        const string Sql =
            "select name from pg_timezone_names where lower(name) = lower(@Zone) order by name <> @Zone, name limit 1";
        var found = await session.QueryAsync<string>(Sql, new { Zone = zone });

        return found.Count > 0 ? found[0] : throw new StopException(ExitCode.Usage,
                $"There is no time zone '{Words.Short(zone)}'. Use an IANA name such as UTC, Europe/Berlin or America/New_York.");
    }

    /// <summary>
    /// The period begins with a local day and ends now. The one before has as many days and ends at the same hour, so that the running day
    /// is set against as much of a day.
    /// </summary>
    private static async Task<Period> ReadPeriodAsync(Session session, string zone, int days)
    {
        const string Sql =
            """
            with clock as (
                select now() at time zone @Zone as until,
                    date_trunc('day', now() at time zone @Zone) - make_interval(days => @Days - 1) as since
            ), both_periods as (
                select since, until, since - make_interval(days => @Days) as before_since,
                    date_trunc('hour', until - make_interval(days => @Days)) as before_until
                from clock
            )
            select since at time zone @Zone at time zone 'UTC' as SinceUtc, since as SinceLocal,
                now() at time zone 'UTC' as UntilUtc, until as UntilLocal,
                before_since at time zone @Zone at time zone 'UTC' as BeforeSinceUtc, before_since as BeforeSinceLocal,
                before_until at time zone @Zone at time zone 'UTC' as BeforeUntilUtc, before_until as BeforeUntilLocal
            from both_periods
            """;
        var row = await session.QuerySingleAsync<PeriodRow>(Sql, new { Zone = zone, Days = days });
        var before = new Period(
            zone, Moment(row.BeforeSinceUtc, row.BeforeSinceLocal), Moment(row.BeforeUntilUtc, row.BeforeUntilLocal), null!);

        return new Period(zone, Moment(row.SinceUtc, row.SinceLocal), Moment(row.UntilUtc, row.UntilLocal), before);
    }

    /// <summary>The ids of the channels asked for; null when none were.</summary>
    private static async Task<string[]?> ReadChosenAsync(Session session, IReadOnlyList<string> channels)
    {
        const string Sql =
            """
            select channel_id as Id, channel as Name
            from channel_summary
            where channel_id = any(@Ids) or lower(channel) = any(@Names)
            """;
        if (channels.Count == 0)
        {
            return null;
        }

        var names = channels.Select(channel => channel.TrimStart('#').ToLowerInvariant()).ToArray();
        var found = await session.QueryAsync<(string Id, string Name)>(Sql, new { Ids = channels.ToArray(), Names = names });
        var missing = channels.Where((channel, i) =>
            !found.Any(row => row.Id == channel || string.Equals(row.Name, names[i], StringComparison.OrdinalIgnoreCase))).ToList();

        return missing.Count == 0 ? [.. found.Select(row => row.Id).Distinct()] : throw new StopException(ExitCode.Usage, string.Join(
            Environment.NewLine,
            missing.Select(channel => $"There is no channel '{Words.Short(channel)}'. Give a channel's id or its name as Discord shows it.")));
    }

    private static Moment Moment(DateTime utc, DateTime local) =>
        new(DateTime.SpecifyKind(utc, DateTimeKind.Utc), DateTime.SpecifyKind(local, DateTimeKind.Unspecified));

    private static Moment? Moment(DateTime? utc, DateTime? local) => utc is { } at ? Moment(at, local!.Value) : null;

    private sealed record PeriodRow(
        DateTime SinceUtc,
        DateTime SinceLocal,
        DateTime UntilUtc,
        DateTime UntilLocal,
        DateTime BeforeSinceUtc,
        DateTime BeforeSinceLocal,
        DateTime BeforeUntilUtc,
        DateTime BeforeUntilLocal);

    /// <param name="Before">Null for a period that is itself the one before.</param>
    private sealed record Period(string Zone, Moment Since, Moment Until, Period Before)
    {
        /// <summary>For the parameters of the functions, which are UTC without a zone.</summary>
        public DateTime SinceColumn => DateTime.SpecifyKind(Since.Utc, DateTimeKind.Unspecified);

        public DateTime UntilColumn => DateTime.SpecifyKind(Until.Utc, DateTimeKind.Unspecified);

        /// <summary>Hours that the ledger would have if it knew all of the period.</summary>
        public double Hours => Math.Max(1, Math.Ceiling((Until.Utc - Since.Utc).TotalHours));
    }
}
