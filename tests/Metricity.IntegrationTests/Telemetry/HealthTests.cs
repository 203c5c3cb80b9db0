using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>Health answers of the program itself, as probes and <c>metricity healthcheck</c> see them.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task Answers_are_json_with_a_reason_for_each_check_and_the_verb_prints_them()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        await watcher.WaitForAsync("/health/ready", 200);

        using var answer = JsonDocument.Parse((await watcher.AskAsync("/health/ready")).Body);
        var checks = answer.RootElement.GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal("ok", answer.RootElement.GetProperty("status").GetString());
        Assert.Equal(
            ["stopping", "database", "schema", "session", "writer", "progress"],
            checks.Select(check => check.GetProperty("name").GetString()));
        Assert.All(checks, check => Assert.EndsWith(".", check.GetProperty("reason").GetString(), StringComparison.Ordinal));
        Assert.Equal(200, (await watcher.AskAsync("/health/live")).Status);

        bed.Environment["Http__Url"] = watcher.Address;
        var live = await bed.RunAsync("healthcheck");
        var ready = await bed.RunAsync("healthcheck", "--ready");
        Assert.Equal(0, live.Code);
        Assert.Contains("ok    writer: The writer turns.", live.Output, StringComparison.Ordinal);
        Assert.Equal(0, ready.Code);
        Assert.Contains("ok    database: The database answers.", ready.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_sigterm_to_the_end_it_lives_and_is_not_ready()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Guild.AddChannel("general");
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        await watcher.WaitForAsync("/health/ready", 200);
        await using var blocker = await LockAsync(bed, "lock table messages in exclusive mode");

        bed.Guild.PostMessage(bed.Guild.Channels[0]);
        await Eventually.TrueAsync(
            () => bed.Database.ScalarAsync<bool>("select exists (select from pg_locks where not granted)"), "the commit waits");

        var ended = process.TerminateAsync();
        await watcher.WaitForAsync("/health/ready", 503);
        Assert.Contains("asked to stop", (await watcher.AskAsync("/health/ready")).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await watcher.AskAsync("/health/live")).Status);
        bed.Environment["Http__Url"] = watcher.Address;
        Assert.Equal(1, (await bed.RunAsync("healthcheck", "--ready")).Code);
        await blocker.DisposeAsync();

        Assert.Equal(0, await ended);
        await Assert.ThrowsAsync<HttpRequestException>(() => watcher.AskAsync("/health/live"));
    }

    [Fact]
    public async Task Database_that_hangs_makes_no_answer_hang()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        await watcher.WaitForAsync("/health/ready", 200);
        await using var blocker = await LockAsync(bed, "lock table metricity.coverage in access exclusive mode");

        await watcher.WaitForAsync("/health/ready", 503);

        Assert.Contains("did not answer", (await watcher.AskAsync("/health/ready")).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await watcher.AskAsync("/health/live")).Status);
        await blocker.DisposeAsync();
        await watcher.WaitForAsync("/health/ready", 200);
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Address_that_is_taken_ends_the_start_with_2_and_names_the_key()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = $"http://{taken.LocalEndpoint}";

        var run = await bed.RunAsync("run");

        Assert.Equal(2, run.Code);
        Assert.StartsWith($"Http:Url: {taken.LocalEndpoint} cannot be listened on", run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.Trim().Split('\n'));
        Assert.Equal(0, bed.Simulator.Gateway.IdentifyCount);
    }

    [Theory]
    [InlineData("", 2, "Http:Url is empty")]
    [InlineData("http://127.0.0.1:1", 1, "Nothing answers at 127.0.0.1:1 (Http:Url)")]
    public async Task Healthcheck_without_a_collector_says_why(string url, int code, string part)
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = url;

        var run = await bed.RunAsync("healthcheck");

        Assert.Equal(code, run.Code);
        Assert.Contains(part, run.Output + run.Errors, StringComparison.Ordinal);
    }

    /// <summary>Holds the lock until it is disposed of.</summary>
    private static async Task<NpgsqlConnection> LockAsync(ProcessBed bed, string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(bed.Database.ConnectionString) { Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; {sql}", connection);
        await command.ExecuteNonQueryAsync();

        return connection;
    }
}
