namespace Metricity.IntegrationTests.Process;

public sealed class SettingsErrorTests
{
    private const string GarbageSchema = "pg_x";

    [Fact]
    public async Task Start_without_any_setting_ends_with_2_and_names_all_that_is_needed_and_where_to_get_it()
    {
        var run = await MetricityProcess.RunAsync(new Dictionary<string, string>(), "run");

        run.Says(
            2,
            "Discord:Token is not set. Give the bot's token (environment: Discord__Token or BOT_TOKEN; or Discord:TokenFile)",
            "ConnectionStrings:Metricity is not set. Give the database (environment: ConnectionStrings__Metricity or DATABASE_URI)",
            "Guilds:0:Id is not set. Give the guild's id (environment: Guilds__0__Id or GUILD_ID)");
        Assert.Equal(3, run.Errors.Split('\n').Length);
    }

    [Fact]
    public async Task Garbage_in_every_setting_ends_with_2_and_one_start_names_every_key()
    {
        var garbage = new Dictionary<string, string>
        {
            ["Discord:ApiBaseUrl"] = "not a url",
            ["Discord:Compression"] = "zip",
            ["ConnectionStrings:Metricity"] = "mysql://root:" + MetricityProcess.Password + "@localhost/x",
            ["Guilds:0:Id"] = "my guild",
            ["Guilds:0:Schema"] = GarbageSchema,
            ["Guilds:0:StaffRoleId"] = "-1",
            ["Guilds:0:StaffCategories"] = "12,x",
            ["Guilds:0:StaffChannels:0"] = "#general",
            ["Guilds:0:IgnoreCategories"] = "1.5",
            ["Guilds:1:Schema"] = "second",
            ["Collect:Bots"] = "perhaps",
            ["Collect:BatchSize"] = "0",
            ["Collect:BatchDelay"] = "5",
            ["Collect:QueueCapacity"] = "many",
            ["Collect:QueueBytes"] = "1",
            ["Collect:DrainTimeout"] = "-00:00:05",
            ["Log:Format"] = "xml",
            ["Log:Level"] = "Chatty",
        };
        var environment = garbage.ToDictionary(pair => pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value);
        environment["Discord__Token"] = MetricityProcess.Token;
        environment["Discord__TokenFile"] = "/nowhere/token";

        var run = await MetricityProcess.RunAsync(environment, "run");

        run.Says(2, "Discord:Token and Discord:TokenFile are both set", "Guilds:1:Id is not set");
        foreach (var name in garbage.Keys.Where(key => key != "Guilds:1:Schema"))
        {
            var key = name.Replace("Channels:0", "Channels", StringComparison.Ordinal); // an element counts as its list
            Assert.Single(run.Errors.Split('\n'), line => line.StartsWith(key, StringComparison.Ordinal));
        }

        Assert.Equal(garbage.Count + 1, run.Errors.Split('\n').Length);
    }

    [Fact]
    public async Task Unknown_key_ends_every_command_with_2_and_the_keys_there_are()
    {
        var environment = new Dictionary<string, string> { ["Collect__BatchSizes"] = "5" };

        var run = await MetricityProcess.RunAsync(environment, "migrate", "script");

        run.Says(2, "Collect:BatchSizes is not a setting. Known here: Bots, BatchSize,");
    }

    [Theory]
    [InlineData("Collect:Bots", "--set needs the form Key=Value")]
    [InlineData("=true", "--set needs the form Key=Value")]
    [InlineData("Colect:Bots=true", "--set: Colect:Bots is not a setting.")]
    [InlineData("Collect:Bot=true", "Collect:Bot is not a setting. Known here: Bots,")]
    [InlineData("Collect:Bots=ja", "Collect:Bots: 'ja' is neither true nor false.")]
    public async Task Set_that_is_no_setting_ends_with_2(string argument, string sentence)
    {
        (await MetricityProcess.RunAsync(new Dictionary<string, string>(), "migrate", "script", "--set", argument)).Says(2, sentence);
    }

    [Fact]
    public async Task Set_overrides_the_environment()
    {
        var environment = new Dictionary<string, string> { ["Guilds__0__Schema"] = "from_environment" };

        var run = await MetricityProcess.RunAsync(environment, "migrate", "script", "--set", "Guilds:0:Schema=from_set");

        run.Says(0);
        Assert.Contains("from_set", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("from_environment", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("migrate")]
    [InlineData("migrate sideways")]
    [InlineData("migrate down")]
    [InlineData("run --nonsense")]
    [InlineData("--set")]
    public async Task Wrong_usage_ends_with_2_and_the_way_to_the_help(string arguments)
    {
        var run = await MetricityProcess.RunAsync(new Dictionary<string, string>(), arguments.Split(' '));

        run.Says(2, "metricity --help lists the verbs and options.");
    }

    [Fact]
    public async Task Secret_files_that_are_missing_or_empty_end_with_2_and_the_file()
    {
        using var files = new SecretFiles(MetricityProcess.Token, " \n");
        var environment = new Dictionary<string, string>
        {
            ["Discord__TokenFile"] = files.Second,
            ["ConnectionStrings__MetricityFile"] = files.First + ".missing",
            ["GUILD_ID"] = "1",
        };

        var run = await MetricityProcess.RunAsync(environment, "run");

        run.Says(
            2,
            $"Discord:TokenFile: the file '{files.Second}' is empty.",
            $"ConnectionStrings:MetricityFile: the file '{files.First}.missing' cannot be read. Check that it exists");
        Assert.Equal(2, run.Errors.Split('\n').Length);
    }

    [Fact]
    public async Task Secret_files_are_read_and_the_final_line_break_is_no_part_of_the_secret()
    {
        await using var bed = await ProcessBed.CreateAsync();
        using var files = new SecretFiles(MetricityProcess.Token + "\n", bed.Environment["ConnectionStrings__Metricity"] + "\r\n");
        bed.Environment.Remove("Discord__Token");
        bed.Environment.Remove("ConnectionStrings__Metricity");
        bed.Environment["Discord__TokenFile"] = files.First;
        bed.Environment["ConnectionStrings__MetricityFile"] = files.Second;

        var process = await bed.StartSyncedAsync();

        Assert.Equal(0, await process.TerminateAsync());
    }

    private sealed class SecretFiles : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("metricity-secrets");

        public SecretFiles(string first, string second)
        {
            (First, Second) = (Path.Combine(_directory.FullName, "first"), Path.Combine(_directory.FullName, "second"));
            File.WriteAllText(First, first);
            File.WriteAllText(Second, second);
        }

        public string First { get; }

        public string Second { get; }

        public void Dispose()
        {
            _directory.Delete(recursive: true);
        }
    }
}
