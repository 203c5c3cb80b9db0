using System.Globalization;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Report;

/// <summary>
/// A migrated database with a small guild, its rows written as the collector writes them, and the environment that points the program at it.
/// Times are relative to the database's clock, for the report's period ends now.
/// </summary>
internal sealed class ReportBed : IAsyncDisposable
{
    public const string GuildId = "267624335836053506";

    /// <summary>Tries to be markup of HTML, of the terminal and an escape sequence.</summary>
    public const string HostileName = "<script>alert(1)</script>[red]\u001b[2J";

    private ReportBed(TestDatabase database)
    {
        Database = database;
        Environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__Metricity"] = ProcessBed.WithPassword(database.ConnectionString),
            ["Guilds__0__Id"] = GuildId,
        };
    }

    public TestDatabase Database { get; }

    public Dictionary<string, string> Environment { get; }

    public static async Task<ReportBed> CreateAsync(bool isFilled = true)
    {
        var bed = new ReportBed(await TestDatabase.CreateAsync());
        if (isFilled)
        {
            await bed.FillAsync();
        }

        return bed;
    }

    public Task<FinishedProcess> RunAsync(params IReadOnlyList<string> arguments) =>
        MetricityProcess.RunAsync(Environment, ["report", .. arguments]);

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    /// <summary>
    /// Collected live for 20 days but for the days 6 to 4 before today. Two channels, a forum with one answered post and one without an
    /// answer, three users, of whom one joined yesterday with a young account.
    /// </summary>
    private Task<int> FillAsync() => Database.ExecuteAsync(string.Create(CultureInfo.InvariantCulture,
        $"""
        insert into metricity.guilds (guild_id, schema_name) values ('{GuildId}', 'public');
        insert into metricity.coverage (guild_id, kind, started_at, ended_at, reason)
        select '{GuildId}', kind, d.day + start, d.day + finish, reason
        from (select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' as day) as d,
            (values ('live', interval '-20 days', interval '-6 days', null), ('gap', '-6 days', '-4 days', 'session_lost'),
                ('live', '-4 days', '1 day', null)) as c (kind, start, finish, reason);
        insert into categories (id, name) values ('400', 'Community');
        insert into channels (id, name, category_id, is_staff, type) values
            ('401', 'general', '400', false, 'text'), ('402', 'help', '400', false, 'forum'), ('403', '{HostileName}', '400', true, 'text'),
            ('404', 'empty-room', '400', false, 'text');
        insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
        select id, name, n - age, n - account, false, false, true, false
        from (select now() at time zone 'UTC' as n) as clock,
            (values ('501', 'ann', interval '300 days', interval '900 days'), ('502', 'bob', '200 days', '900 days'),
                ('503', '{HostileName}', '1 day', '1 day 2 hours')) as u (id, name, age, account);
        insert into member_events (user_id, kind, at, inferred)
        select '503', 'join', now() at time zone 'UTC' - interval '1 day', false;
        insert into threads (id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type, owner_id)
        select id, '402', date_trunc('day', now() at time zone 'UTC') - interval '2 days' + at, name, false, 1440, false, 'public_thread', '501'
        from (values ('601', 'how do I', interval '10 hours'), ('602', 'why is it', interval '11 hours')) as t (id, name, at);
        insert into messages (id, channel_id, thread_id, author_id, created_at, is_deleted, type)
        select (1000 + row_number() over ())::text, channel, thread, author, date_trunc('day', now() at time zone 'UTC') - ago + at, false, 0
        from (
            select '401' as channel, null as thread, '501' as author, interval '3 days' as ago, n * interval '1 minute' as at
            from generate_series(1, 1200) n
            union all
            select '401', null, '502', '2 days', n * interval '1 minute' from generate_series(1, 34) n
            union all
            values ('402', '601', '501', interval '2 days', interval '10 hours'), ('402', '601', '502', '2 days', '10 hours 25 minutes'),
                ('402', '602', '501', '2 days', '11 hours')
            union all
            select '403', null, '501', '2 days', n * interval '1 minute' from generate_series(1, 12) n
        ) as m;
        """).Replace("{HostileName}", HostileName, StringComparison.Ordinal));
}
