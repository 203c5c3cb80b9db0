using Metricity.DiscordSimulator;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Export;

/// <summary>The real program with its secrets in files, marks in everything that is not to be told, and errors of many kinds.</summary>
public sealed class SensitiveTests
{
    private const string Canary = "kanarienvogel";

    [Fact]
    public async Task Errors_reach_sentry_and_no_secret_name_or_content_is_in_them_or_in_any_other_output()
    {
        await using var sentry = await SentryReceiver.StartAsync();
        await using var bed = await ProcessBed.CreateAsync(new SimulatorOptions
        {
            Token = MetricityProcess.Token,
            ReplayBufferSize = 1_000_000,
            IdentifyWindow = TimeSpan.Zero,
            MemberRequestWindow = TimeSpan.Zero,
            Canary = Canary,
            ContentToggle = true,
        });
        using var secrets = new SecretFiles();
        secrets.Move(bed.Environment, "Discord__Token", "Discord__TokenFile");
        secrets.Move(bed.Environment, "ConnectionStrings__Metricity", "ConnectionStrings__MetricityFile");
        bed.Environment["Sentry__DsnFile"] = secrets.Write(sentry.Dsn);
        bed.Environment["Log__Level"] = "Debug";
        bed.Guild.Rename("meisengilde");
        bed.Guild.AddMember("schwalbenname");
        bed.Guild.AddChannel("finkenkanal");

        var process = await bed.StartSyncedAsync();
        bed.Guild.PostMessage(bed.Guild.Channels[0], options: new MessageOptions { MentionsBot = true });
        bed.Simulator.Gateway.SendDispatch(
            "MESSAGE_CREATE", $$"""{"id":"{{Canary}}","channel_id":"{{Canary}}","guild_id":"{{bed.Guild.Id}}","content":"{{Canary}}"}""");
        bed.Simulator.Gateway.SendRaw($$$"""{"op":0,"t":"MESSAGE_CREATE","d":{"content":"{{{Canary}}}"}}""");
        await Eventually.TrueAsync(() => sentry.Requests.Count >= 2, "two errors are reported", MetricityProcess.Limit);
        var seen = process.CommandLine + process.Environ;
        await bed.Simulator.Gateway.CloseAllAsync(4014);
        var code = await process.WaitForExitAsync();

        Assert.Equal(4, code);
        var reports = sentry.Envelopes();
        Assert.Contains(reports, report => report.Level == "error" && report.Tag("log_event") == "3000");
        var end = Assert.Single(reports, report => report.Level == "fatal");
        Assert.Equal("4", end.Tag("exit_code"));
        var exception = end.Event.GetProperty("exception").GetProperty("values")[0];
        Assert.Equal("Metricity.DiscordRefusedException", exception.GetProperty("type").GetString());
        Assert.Contains(
            exception.GetProperty("stacktrace").GetProperty("frames").EnumerateArray(),
            frame => frame.TryGetProperty("lineno", out _) && frame.GetProperty("in_app").GetBoolean());

        string[] marks = [Canary, "schwalbenname", "finkenkanal", "meisengilde", MetricityProcess.Token, MetricityProcess.Password];
        ErrorReportsTests.AssertClean(sentry, marks);
        Assert.All(marks.Append(SentryReceiver.Key), mark =>
        {
            Assert.DoesNotContain(mark, process.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(mark, process.Errors, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(mark, seen, StringComparison.OrdinalIgnoreCase);
        });
        Assert.Contains("Sentry__DsnFile", seen, StringComparison.Ordinal);
    }

    /// <summary>Files that hold a secret each, in a directory of their own.</summary>
    private sealed class SecretFiles : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("metricity-secrets");
        private int _count;

        public string Write(string secret)
        {
            var path = Path.Combine(_directory.FullName, $"{_count++}");
            File.WriteAllText(path, secret + "\n");

            return path;
        }

        public void Move(Dictionary<string, string> environment, string from, string to)
        {
            environment[to] = Write(environment[from]);
            environment.Remove(from);
        }

        public void Dispose() => _directory.Delete(recursive: true);
    }
}
