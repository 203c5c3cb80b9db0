using System.Diagnostics;
using System.Runtime.CompilerServices;
using Metricity.Export;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;
using Serilog;

namespace Metricity.IntegrationTests.Export;

public sealed class ErrorReportsTests
{
    private const string Canary = "kanarienvogel";

    [Fact]
    public async Task Error_is_reported_with_its_template_its_message_and_the_type_and_frames_of_its_exception()
    {
        await using var sentry = await SentryReceiver.StartAsync();

        await LogAsync(sentry, log => log
            .ForContext("SourceContext", "Metricity.Collect.EventIntake")
            .Error(Thrown(), "Skipped {Count} elements", 7));

        var report = Assert.Single(sentry.Envelopes());
        Assert.Equal("error", report.Level);
        Assert.Equal("Skipped {Count} elements", report.Template);
        Assert.Equal("Skipped 7 elements", report.Formatted);
        Assert.Equal("test", report.Event.GetProperty("environment").GetString());
        Assert.StartsWith("metricity@", report.Event.GetProperty("release").GetString(), StringComparison.Ordinal);
        var exception = report.Event.GetProperty("exception").GetProperty("values").EnumerateArray().Last(); // causes come first
        Assert.Equal(typeof(InvalidOperationException).FullName, exception.GetProperty("type").GetString());
        var frames = exception.GetProperty("stacktrace").GetProperty("frames").EnumerateArray().ToList();
        Assert.Contains(frames, frame =>
            frame.GetProperty("function").GetString()!.Contains(nameof(Thrown), StringComparison.Ordinal) && frame.GetProperty("lineno").GetInt32() > 0);
    }

    [Fact]
    public async Task Texts_of_exceptions_and_values_of_libraries_never_leave()
    {
        await using var sentry = await SentryReceiver.StartAsync();

        await LogAsync(sentry, log =>
        {
            log.ForContext("SourceContext", "Metricity.Rest.DiscordRest").Error(Thrown(), "Ours");
            log.ForContext("SourceContext", "Microsoft.AspNetCore.Server.Kestrel").ForContext("Path", Canary).Error("Theirs {Path}", Canary);
            log.Error("Nobody's {Path}", Canary);
        });

        Assert.Equal(["Ours", "Theirs {Path}", "Nobody's {Path}"], sentry.Envelopes().Select(report => report.Formatted));
        AssertClean(sentry, Canary);
    }

    [Fact]
    public async Task Warning_is_no_report()
    {
        await using var sentry = await SentryReceiver.StartAsync();

        await LogAsync(sentry, log =>
        {
            log.Warning("Something unexpected, nothing lost");
            log.Fatal("The end");
        });

        Assert.Equal("fatal", Assert.Single(sentry.Envelopes()).Level);
    }

    [Fact]
    public async Task Same_error_is_reported_once_in_five_minutes_and_the_next_one_tells_how_many_were_left_out()
    {
        await using var sentry = await SentryReceiver.StartAsync();
        var time = new JumpingTime();

        await LogAsync(
            sentry,
            log =>
            {
                for (var i = 0; i < 50; i++)
                {
                    log.Error("Discord refused {Number}", i);
                    log.Error("Something else");
                }

                time.Skip(TimeSpan.FromMinutes(5));
                log.Error("Discord refused {Number}", 50);
            },
            time);

        Assert.Equal(
            [("Discord refused {Number}", "0"), ("Something else", "0"), ("Discord refused {Number}", "98")],
            sentry.Envelopes().Select(report => (report.Template, report.Tag("left_out")!)));
    }

    [Fact]
    public async Task Sentry_that_asks_to_wait_is_left_alone()
    {
        await using var sentry = await SentryReceiver.StartAsync();
        sentry.Status = 429;
        sentry.RetryAfter = 3600;

        await LogAsync(sentry, log =>
        {
            for (var i = 0; i < 5; i++)
            {
                log.Error(new string('x', i + 1));
            }
        });

        Assert.Single(sentry.Requests);
    }

    [Fact]
    public async Task Sentry_that_is_away_costs_reports_and_nothing_else()
    {
        string dsn;
        await using (var sentry = await SentryReceiver.StartAsync())
        {
            dsn = sentry.Dsn;
        }

        var reports = new ErrorReports(new ErrorReportOptions { Dsn = new Secret(dsn), Environment = "test" }, TimeProvider.System);
        await using var log = new LoggerConfiguration().WriteTo.Sink(reports).CreateLogger();
        for (var i = 0; i < 2_000; i++)
        {
            log.Error("The same");
        }

        Assert.Equal(1_999, reports.LeftOut);
    }

    [Fact]
    public async Task What_ends_the_program_is_fatal_and_a_database_that_is_away_at_the_start_is_not_reported()
    {
        await using var sentry = await SentryReceiver.StartAsync();
        using (var reports = new ErrorReports(Options(sentry), TimeProvider.System))
        {
            reports.Report(new Metricity.Database.StoreUnavailableException(Canary), 3);
            reports.Report(Thrown(), 1);
        }

        var report = Assert.Single(sentry.Envelopes());
        Assert.Equal("fatal", report.Level);
        Assert.Equal("1", report.Tag("exit_code"));
        AssertClean(sentry, Canary);
    }

    /// <summary>Nothing that came holds any of these, whatever the case.</summary>
    internal static void AssertClean(SentryReceiver sentry, params IReadOnlyList<string> marks)
    {
        Assert.NotEmpty(sentry.Requests);
        Assert.All(sentry.Requests, request => Assert.All(
            marks, mark => Assert.DoesNotContain(mark, request.Everything, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task What_nobody_caught_is_reported_before_the_program_ends()
    {
        await using var sentry = await SentryReceiver.StartAsync();
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Program.Crash, sentry.Dsn])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using var program = System.Diagnostics.Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();

        await Eventually.TrueAsync(() => sentry.Envelopes().Count == 1, "the program has begun", MetricityProcess.Limit);
        await program.StandardInput.WriteLineAsync();
        Assert.Contains("Unhandled exception", await errors.WaitAsync(MetricityProcess.Limit), StringComparison.Ordinal);
        await program.WaitForExitAsync().WaitAsync(MetricityProcess.Limit);

        Assert.NotEqual(0, program.ExitCode);
        var report = sentry.Envelopes()[^1];
        Assert.Equal("fatal", report.Level);
        Assert.Equal("Metricity ended on an unhandled error", report.Template);
        AssertClean(sentry, Canary);
    }

    [Fact]
    public async Task Failure_of_a_task_that_nobody_looked_at_is_reported()
    {
        await using var sentry = await SentryReceiver.StartAsync();
        using (new ErrorReports(Options(sentry), TimeProvider.System))
        {
            var dropped = Drop();
            for (var i = 0; i < 100 && dropped.IsAlive; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Assert.False(dropped.IsAlive);
            GC.WaitForPendingFinalizers();
        }

        Assert.Contains(sentry.Envelopes(), report => (report.Template) == "A task failed and nobody looked");
        AssertClean(sentry, Canary);
    }

    /// <summary>A failed task to which nothing refers, not even a local of its caller.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Drop() => new(Task.FromException(Thrown()), trackResurrection: false);

    private static async Task LogAsync(SentryReceiver sentry, Action<ILogger> act, TimeProvider? time = null)
    {
        var reports = new ErrorReports(Options(sentry), time ?? TimeProvider.System);

        // Its disposal flushes.
        await using var log = new LoggerConfiguration().WriteTo.Sink(reports).CreateLogger();
        act(log);
    }

    private static ErrorReportOptions Options(SentryReceiver sentry) => new() { Dsn = new Secret(sentry.Dsn), Environment = "test" };

    internal static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException($"cannot read '{Canary}'", new FormatException(Canary));
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }
}
