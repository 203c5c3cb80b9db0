using Metricity.Events;
using Metricity.Export;
using Metricity.Hosting;
using Microsoft.Extensions.Configuration;

namespace Metricity.Tests.Hosting;

public sealed class SettingsReaderTests
{
    private const string Secret = "MTA5ODc2NTQzMjEw.GcAnAr.t0ken-of-the-settings-tests";

    [Fact]
    public void Settings_without_extras_have_the_defaults_that_the_readme_lists()
    {
        var settings = Read();

        Assert.Equal(Secret, settings.Token!.Reveal());
        Assert.Equal(new Uri("https://discord.com/api/v10"), settings.ApiBaseUrl);
        Assert.Equal("zlib-stream", settings.Compression);
        Assert.Equal("public", Assert.Single(settings.Guilds).Schema);
        Assert.Equal(2_000, settings.Collect.BatchSize);
        Assert.Equal(TimeSpan.FromMilliseconds(50), settings.Collect.BatchDelay);
        Assert.Equal(250_000, settings.Collect.QueueCapacity);
        Assert.Equal(64 * 1024 * 1024, settings.Collect.QueueBytes);
        Assert.False(settings.Collect.CollectBots);
        Assert.Equal(TimeSpan.FromSeconds(20), settings.DrainTimeout);
        Assert.Equal(new LogSettings(IsJson: false, "Information"), settings.Log);
        Assert.False(settings.Commands);
        Assert.Null(settings.Errors);
        Assert.Equal("production", Read(("SENTRY_DSN", "https://key@localhost/42")).Errors!.Environment);
        Assert.Null(settings.Statsd);
        Assert.Equal(
            new StatsdOptions("graphite", 8125, "metricity", TimeSpan.FromSeconds(10)), Read(("Statsd:Host", "graphite")).Statsd);
    }

    [Fact]
    public void What_differs_from_its_default_is_told_and_no_secret_is()
    {
        Assert.Empty(Read().Changed);
        Assert.Empty(Read(("Collect:BatchSize", "2000"), ("Sentry:Dsn", "https://key@localhost/1")).Changed);
        Assert.Equal(
            ["Collect:BatchSize is 7 (default 2000)", "Log:Level is Debug (default Information)"],
            Read(("Log:Level", "Debug"), ("Collect:BatchSize", "7")).Changed);
    }

    [Theory]
    [InlineData("Bot TOKEN")]
    [InlineData("\"TOKEN\"")]
    [InlineData("'TOKEN'\n")]
    [InlineData("BOT_TOKEN=TOKEN")]
    [InlineData("export DISCORD_TOKEN = \"Bot TOKEN\"")]
    [InlineData("TOKEN")]
    public void Token_is_taken_without_what_was_copied_along(string form)
    {
        var text = form.Replace("TOKEN", Secret, StringComparison.Ordinal).Replace("BOT_" + Secret, "BOT_TOKEN", StringComparison.Ordinal)
            .Replace("DISCORD_" + Secret, "DISCORD_TOKEN", StringComparison.Ordinal);

        Assert.Equal(Secret, Read(("Discord:Token", text)).Token!.Reveal());
    }

    [Fact]
    public void Parameter_of_a_connection_string_that_means_nothing_is_told_by_name()
    {
        var settings = Read(("ConnectionStrings:Metricity", "postgresql://ann:hidden@db/x?keepalives_count=3"));

        Assert.Equal(["ConnectionStrings:Metricity: keepalives_count means nothing to Metricity and is ignored."], settings.Warnings);
    }

    [Fact]
    public void Process_runs_the_one_shard_there_is_unless_told_otherwise()
    {
        Assert.Equal(new ShardSettings(0, 1), Read().Shard);
        Assert.Equal(new ShardSettings(0, 8), Read(("Discord:ShardCount", "8")).Shard);
        var settings = Read(
            ("Discord:ShardCount", "8"), ("Discord:ShardId", "3"), ("Guilds:0:Id", $"{1 << 22}"), ("Guilds:1:Id", $"{3 << 22}"),
            ("Guilds:1:Schema", "other"));
        Assert.Equal([3UL << 22], settings.OwnGuilds.Select(guild => guild.Id.Value));
    }

    [Theory]
    [InlineData("8", "from 0 to 7")]
    [InlineData("3", "yours are on 0")]
    public void Shard_that_is_not_there_or_has_no_guild_is_an_error(string shard, string part)
    {
        var error = Assert.Single(Errors(("Discord:ShardCount", "8"), ("Discord:ShardId", shard)));

        Assert.StartsWith("Discord:ShardId", error, StringComparison.Ordinal);
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Health_and_metrics_are_on_this_machine_alone_unless_told_otherwise()
    {
        Assert.Equal(new HttpSettings(new Uri("http://127.0.0.1:8080"), new Uri("http://127.0.0.1:8080")), Read().Http);
        Assert.Equal(new HttpSettings(null, null), Read(("Http:Url", "")).Http);
        Assert.Equal(new Uri("http://0.0.0.0:9"), Read(("Http:MetricsUrl", "http://0.0.0.0:9")).Http.Metrics);
        Assert.Equal(
            new HttpSettings(null, new Uri("http://[::]:9")), Read(("Http:Url", ""), ("Http:MetricsUrl", "http://[::]:9")).Http);
        Assert.Equal(TimeSpan.FromMinutes(5), Read().StallAfter);
    }

    [Theory]
    [InlineData("Http:Url", "127.0.0.1:8080")]
    [InlineData("Http:Url", "https://127.0.0.1:8080")]
    [InlineData("Http:Url", "http://somewhere:8080")]
    [InlineData("Http:Url", "http://127.0.0.1:8080/path")]
    [InlineData("Http:MetricsUrl", "http://user@127.0.0.1:8080")]
    [InlineData("Health:StallAfter", "00:00:30")]
    [InlineData("Otlp:Endpoint", "127.0.0.1:4317")]
    [InlineData("Otlp:Protocol", "json")]
    [InlineData("Otlp:TraceRatio", "2")]
    [InlineData("Otlp:TraceRatio", "-0.5")]
    public void Wrong_addresses_and_ratios_are_an_error_that_names_the_key(string key, string value)
    {
        Assert.StartsWith(key, Assert.Single(Errors((key, value))), StringComparison.Ordinal);
    }

    [Fact]
    public void Traces_and_metrics_are_sent_only_when_told_where_to()
    {
        Assert.Null(Read().Otlp);
        var otlp = Read(("Otlp:Endpoint", "http://127.0.0.1:4318"), ("Otlp:Protocol", "http/protobuf"), ("Otlp:Headers", "key=value")).Otlp!;

        Assert.Equal(new Uri("http://127.0.0.1:4318"), otlp.Endpoint);
        Assert.False(otlp.IsGrpc);
        Assert.Equal(0.001, otlp.TraceRatio);
        Assert.Equal("key=value", otlp.Headers!.Reveal());
        Assert.StartsWith(
            "Otlp:Headers", Assert.Single(Errors(("Otlp:Endpoint", "http://a"), ("Otlp:Headers", "nonsense"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_the_original_are_taken()
    {
        var settings = ReadOnly(("BOT_TOKEN", Secret), ("GUILD_ID", "12"), ("DATABASE_URI", "postgresql+asyncpg://u:p@db:5433/metricity"));

        Assert.Equal(Secret, settings.Token!.Reveal());
        Assert.Equal(12ul, settings.Guilds[0].Id.Value);
        Assert.Equal(
            "GSS Encryption Mode=Disable;Host=db;Port=5433;Database=metricity;Username=u;Password=p",
            Ordered(settings.ConnectionString!.Reveal()));
    }

    [Fact]
    public void Keys_of_ours_win_over_names_of_the_original()
    {
        var settings = Read(("BOT_TOKEN", "other"), ("GUILD_ID", "99"), ("DATABASE_URI", "postgresql://u:p@elsewhere/x"));

        Assert.Equal(Secret, settings.Token!.Reveal());
        Assert.Equal(11ul, settings.Guilds[0].Id.Value);
        Assert.Contains("Host=here", settings.ConnectionString!.Reveal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Discord:ApiBaseUrl", "discord.com")]
    [InlineData("Discord:ApiBaseUrl", "ftp://discord.com/api")]
    [InlineData("Discord:ApiBaseUrl", "http://discord.com/api/v10")]
    [InlineData("Discord:ApiBaseUrl", "https://discord.com/api/v10?x=1")]
    [InlineData("Discord:Compression", "ZLIB-STREAM")]
    [InlineData("Discord:Commands", "yes")]
    [InlineData("Discord:ShardCount", "0")]
    [InlineData("Discord:ShardCount", "two")]
    [InlineData("Discord:ShardId", "1")]
    [InlineData("Discord:ShardId", "-1")]
    [InlineData("Discord:ShardId", "all")]
    [InlineData("ConnectionStrings:Metricity", "localhost")]
    [InlineData("ConnectionStrings:Metricity", "Host=x;Nonsense=1")]
    [InlineData("Guilds:0:Id", "0")]
    [InlineData("Guilds:0:Id", "18446744073709551616")]
    [InlineData("Guilds:0:Id", "１２３")]
    [InlineData("Guilds:0:Schema", "metricity")]
    [InlineData("Guilds:0:Schema", "pg_catalog")]
    [InlineData("Guilds:0:Schema", "information_schema")]
    [InlineData("Guilds:0:Schema", "insights")]
    [InlineData("Guilds:0:Schema", "two_insights")]
    [InlineData("Guilds:0:Schema", "a$b")]
    [InlineData("Guilds:0:Schema", " two")]
    [InlineData("Guilds:0:Schema", "zero\u200Bwidth")]
    [InlineData("Guilds:0:Schema", "line\n")]
    [InlineData("Guilds:0:Schema", "a123456789012345678901234567890123456789012345678901234")] // 55 letters: with "_insights" too long
    [InlineData("Guilds:0:StaffRoleId", "staff")]
    [InlineData("Guilds:0:StaffCategories", "1;2")]
    [InlineData("Guilds:0:StaffChannels", "1 2")]
    [InlineData("Guilds:0:IgnoreCategories", "1,,x")]
    [InlineData("Collect:Bots", "1")]
    [InlineData("Collect:BatchSize", "50001")]
    [InlineData("Collect:BatchSize", "1e3")]
    [InlineData("Collect:BatchDelay", "00:00:11")]
    [InlineData("Collect:BatchDelay", "1")]
    [InlineData("Collect:QueueCapacity", "99")]
    [InlineData("Collect:QueueBytes", "99999999999")]
    [InlineData("Collect:DrainTimeout", "00:00:00")]
    [InlineData("Collect:DrainTimeout", "20s")]
    [InlineData("Sentry:Dsn", "o1.ingest.sentry.io")]
    [InlineData("Sentry:Dsn", "https://o1.ingest.sentry.io/42")]
    [InlineData("Sentry:Dsn", "https://key@o1.ingest.sentry.io/")]
    [InlineData("Sentry:Dsn", "ftp://key@o1.ingest.sentry.io/42")]
    [InlineData("Sentry:Environment", "a b")]
    [InlineData("Statsd:Host", "a b")]
    [InlineData("Statsd:Port", "0")]
    [InlineData("Statsd:Namespace", "a..b")]
    [InlineData("Statsd:Namespace", "a:b")]
    [InlineData("Statsd:Interval", "00:00:00.5")]
    [InlineData("Log:Format", "JSON")]
    [InlineData("Log:Level", "3")]
    public void Wrong_value_is_one_error_that_begins_with_the_key(string key, string value)
    {
        Assert.StartsWith(key, Assert.Single(Errors((key, value))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Discord:Tokn")]
    [InlineData("Guilds:0:StaffRole")]
    [InlineData("Collect:Batchsizes")]
    [InlineData("Statsd:Hots")]
    [InlineData("Log:Levels")]
    public void Unknown_key_is_an_error_that_lists_the_known_ones(string key)
    {
        Assert.StartsWith($"{key} is not a setting. Known here: ", Assert.Single(Errors((key, "x"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_taken_in_any_case_and_empty_values_as_not_set()
    {
        var settings = Read(
            ("COLLECT:BATCHSIZE", "7"), ("Collect:QueueCapacity", ""), ("Guilds:0:StaffRoleId", "  "), ("Discord:TokenFile", ""));

        Assert.Equal(7, settings.Collect.BatchSize);
        Assert.Equal(250_000, settings.Collect.QueueCapacity);
        Assert.Null(settings.Guilds[0].StaffRoleId);
    }

    [Fact]
    public void Lists_of_ids_are_taken_as_text_and_as_array()
    {
        var settings = Read(
            ("Guilds:0:StaffCategories", " 1, 2 ,"),
            ("Guilds:0:StaffChannels:0", "3"),
            ("Guilds:0:StaffChannels:1", "4"),
            ("Guilds:0:IgnoreCategories", "5"));

        Assert.Equal("1 2", string.Join(' ', settings.Guilds[0].StaffCategories.Order()));
        Assert.Equal("3 4", string.Join(' ', settings.Guilds[0].StaffChannels.Order()));
        Assert.Equal("5", string.Join(' ', settings.Guilds[0].IgnoreCategories));
    }

    [Fact]
    public void Second_guild_needs_an_id_and_a_schema_of_its_own()
    {
        Assert.Equal(
            ["Guilds:1:Id", "Guilds:1:Schema"],
            Errors(("Guilds:1:StaffRoleId", "5")).Select(error => error.Split(' ')[0]));
        var sameId = Assert.Single(Errors(("Guilds:1:Id", "11"), ("Guilds:1:Schema", "two")));
        Assert.Contains("guild 11 is listed 2 times", sameId, StringComparison.Ordinal);
        var sameSchema = Assert.Single(Errors(("Guilds:1:Id", "12"), ("Guilds:1:Schema", "public")));
        Assert.Contains("share the schema 'public'", sameSchema, StringComparison.Ordinal);
        Assert.Equal("two", Read(("Guilds:1:Id", "12"), ("Guilds:1:Schema", "two")).GuildSchemas[new Snowflake(12)]);
    }

    [Fact]
    public void Schemas_that_statsd_could_not_tell_apart_are_an_error_when_it_is_on()
    {
        (string, string)[] guilds = [("Guilds:0:Schema", "One"), ("Guilds:1:Id", "12"), ("Guilds:1:Schema", "one")];

        Assert.Null(Read(guilds).Statsd);
        Assert.Contains("'one'", Assert.Single(Errors([.. guilds, ("Statsd:Host", "127.0.0.1")])), StringComparison.Ordinal);
    }

    [Fact]
    public void Error_of_an_id_names_the_variable_that_holds_it()
    {
        var error = Assert.Throws<SettingsException>(() => ReadOnly(("GUILD_ID", "mine")));

        Assert.Contains(error.Errors, text => text.StartsWith("Guilds:0:Id (GUILD_ID): 'mine' is no Discord", StringComparison.Ordinal));
    }

    [Fact]
    public void Command_asks_only_for_what_it_needs_and_checks_the_rest_all_the_same()
    {
        var nothing = new ConfigurationBuilder().Build();

        Assert.Null(new SettingsReader(nothing).Read(SettingsNeeds.None).Token);
        Assert.Single(Assert.Throws<SettingsException>(() => new SettingsReader(nothing).Read(SettingsNeeds.Database)).Errors);
        Assert.Equal(3, Assert.Throws<SettingsException>(() => new SettingsReader(nothing).Read(SettingsNeeds.All)).Errors.Count);
        Assert.Throws<SettingsException>(() => new SettingsReader(Configuration(("Log:Level", "x"))).Read(SettingsNeeds.None));
    }

    [Theory]
    [InlineData("Guilds:0:Id")]
    [InlineData("Guilds:0:Schema")]
    [InlineData("Guilds:0:StaffChannels")]
    [InlineData("Discord:ApiBaseUrl")]
    [InlineData("Discord:Compression")]
    [InlineData("ConnectionStrings:Metricity")]
    [InlineData("Collect:BatchSize")]
    [InlineData("Collect:Bots")]
    [InlineData("Sentry:Dsn")]
    [InlineData("Collect:DrainTimeout")]
    [InlineData("Log:Level")]
    public void Token_under_the_wrong_key_is_not_printed_whole(string key)
    {
        Assert.DoesNotContain(Secret, Assert.Single(Errors((key, Secret))), StringComparison.Ordinal);
    }

    [Fact]
    public void Value_with_control_characters_cannot_forge_lines()
    {
        Assert.DoesNotContain('\n', Assert.Single(Errors(("Log:Level", "x\nok    settings"))));
    }

    [Fact]
    public void Settings_in_a_log_show_no_secret()
    {
        Assert.DoesNotContain(Secret, Read().ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", Read().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Collect:Bots", true)]
    [InlineData("guilds:0:id", true)]
    [InlineData("ConnectionStrings:Metricity", true)]
    [InlineData("BOT_TOKEN", true)]
    [InlineData("Colect:Bots", false)]
    [InlineData("Collect", false)]
    [InlineData("Discord__Token", false)]
    public void Key_of_the_command_line_must_be_one_that_is_read(string key, bool expected)
    {
        Assert.Equal(expected, SettingsTable.MayBeSetting(key));
    }

    private static Settings Read(params (string Key, string Value)[] extra)
    {
        return ReadOnly(
            [("Discord:Token", Secret), ("Guilds:0:Id", "11"), ("ConnectionStrings:Metricity", "Host=here;Password=hidden"), .. extra]);
    }

    private static Settings ReadOnly(params (string Key, string Value)[] settings)
    {
        return new SettingsReader(Configuration(settings)).Read(SettingsNeeds.All);
    }

    private static IReadOnlyList<string> Errors(params (string Key, string Value)[] extra)
    {
        return Assert.Throws<SettingsException>(() => Read(extra)).Errors;
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings)
    {
        // The last one of a key wins, as in the real chain of sources.
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in settings)
        {
            values[key] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    private static string Ordered(string connectionString)
    {
        string[] order = ["Host", "Port", "Database", "Username", "Password"];

        return string.Join(';', connectionString.Split(';').OrderBy(part => Array.IndexOf(order, part.Split('=')[0])));
    }
}
