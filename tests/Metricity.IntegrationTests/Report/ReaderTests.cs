using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Report;

/// <summary>What <c>metricity_reader</c> and <c>metricity_analyst</c> may and may not.</summary>
public sealed class ReaderTests
{
    [Fact]
    public async Task Reader_reads_every_view_and_calls_every_function_of_the_insights()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var reader = await AsAsync(database, "metricity_reader");

        foreach (var view in await database.ListAsync<string>("select relname::text from pg_class where relnamespace = 'insights'::regnamespace"
            + " and relkind = 'v'"))
        {
            await RunAsync(reader, $"select * from insights.{view}");
        }

        Assert.Empty(await database.ListAsync<string>(
            """
            select oid::regprocedure::text from pg_proc
            where pronamespace = 'insights'::regnamespace and not has_function_privilege('metricity_reader', oid, 'execute')
            """));
        await RunAsync(reader, "select * from insights.newcomers(7)");
        await RunAsync(reader, "select * from insights.user_channels('1')");
    }

    [Fact]
    public async Task Reader_reads_no_table_and_writes_nothing()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var reader = await AsAsync(database, "metricity_reader");
        var relations = await database.ListAsync<string>(
            """
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('public', 'metricity') and c.relkind in ('r', 'v')
            """);

        Assert.Contains("public.messages", relations);
        foreach (var relation in relations)
        {
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusedAsync(reader, $"select * from {relation}"));
        }

        foreach (var sql in new[]
        {
            "insert into public.users default values", "update public.messages set is_deleted = true", "delete from public.messages",
            "create table insights.mine (id integer)", "create view insights.mine as select 1", "select public.rollup_rebuild()",
            "truncate public.messages",
        })
        {
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusedAsync(reader, sql));
        }
    }

    [Fact]
    public async Task Reader_sees_no_more_of_a_member_than_the_views_show()
    {
        await using var database = await TestDatabase.CreateAsync();

        var shown = await database.ListAsync<string>(
            "select attname::text from pg_attribute where attrelid in (select oid from pg_class where relnamespace = 'insights'::regnamespace)");

        Assert.NotEmpty(shown);
        Assert.DoesNotContain(shown, name => name.Contains("avatar", StringComparison.Ordinal) || name.Contains("flags", StringComparison.Ordinal)
            || name == "pending");
    }

    [Fact]
    public async Task Analyst_reads_tables_too_and_writes_nothing()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var analyst = await AsAsync(database, "metricity_analyst");

        await RunAsync(analyst, "select * from public.messages, insights.channel_summary");

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusedAsync(analyst, "delete from public.messages"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusedAsync(analyst, "select * from metricity.positions"));
    }

    [Fact]
    public async Task Each_guild_has_views_of_its_own()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await new SchemaMigrator(database.ConnectionString, ["public", "second"], _ => { }).UpAsync(null, CancellationToken.None);

        await database.ExecuteAsync("insert into second.channels (id, name, is_staff) values ('1', 'theirs', false)");

        Assert.Equal("theirs", await database.ScalarAsync<string>("select channel from second_insights.channel_summary"));
        Assert.Equal(0, await database.CountAsync("insights.channel_summary"));
        Assert.Equal(8, await database.ScalarAsync<long>(
            "select count(*) from pg_class where relnamespace = 'second'::regnamespace and relname like 'rollup%' and relkind = 'r'"));
    }

    [Fact]
    public async Task Every_view_column_and_function_is_explained()
    {
        await using var database = await TestDatabase.CreateAsync();

        Assert.Empty(await database.ListAsync<string>(
            """
            select c.relname || coalesce('.' || a.attname, '')
            from pg_class c
            left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
                and c.relname not in ('quiet_channels', 'coverage_gaps', 'recent_newcomers', 'threads_by_month')
            where c.relnamespace = 'insights'::regnamespace and c.relkind = 'v'
                and (obj_description(c.oid, 'pg_class') is null or a.attnum is not null and col_description(c.oid, a.attnum) is null)
            union all
            select proname::text from pg_proc where pronamespace = 'insights'::regnamespace and obj_description(oid, 'pg_proc') is null
            """));
    }

    private static async Task<NpgsqlConnection> AsAsync(TestDatabase database, string role)
    {
        var connection = await database.DataSource.OpenConnectionAsync();
        await RunAsync(connection, $"set role {role}");

        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> RefusedAsync(NpgsqlConnection connection, string sql)
    {
        return (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, sql))).SqlState;
    }
}
