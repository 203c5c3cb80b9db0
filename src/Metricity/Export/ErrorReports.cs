using System.Globalization;
using Metricity.Database;
using Sentry;
using Sentry.Protocol;
using Serilog.Core;
using Serilog.Events;

namespace Metricity.Export;

/// <summary>
/// Reports errors to Sentry: log events of level Error, and what ends the program. All that leaves is made anew in
/// <see cref="Only(SentryEvent)"/>: release, environment, level, message, exception types and stack frames. No content, names, tokens, host names or
/// exception texts (ADR 0009). Sending is the library's background worker's affair; nothing here waits but the end, for two seconds.
/// </summary>
internal sealed class ErrorReports : ILogEventSink, IDisposable
{
    private const string OwnNamespace = "Metricity.";
    private const string LogEventTag = "log_event";
    private const string ExitCodeTag = "exit_code";
    private const string LeftOutTag = "left_out";

    /// <summary>Reports that wait for the network; more are dropped and counted.</summary>
    private const int MaxWaiting = 30;

    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    private readonly SentryClient _client;
    private readonly ErrorThrottle _throttle;
    private long _leftOut;

    public ErrorReports(ErrorReportOptions options, TimeProvider time)
    {
        _throttle = new ErrorThrottle(time);
        var settings = new SentryOptions
        {
            Dsn = options.Dsn.Reveal(),
            Environment = options.Environment,
            Release = $"metricity@{typeof(ErrorReports).Assembly.GetName().Version!.ToString(3)}",
            SendDefaultPii = false,
            AutoSessionTracking = false,
            SendClientReports = false,
            DisableFileWrite = true,
            MaxBreadcrumbs = 0,
            MaxQueueItems = MaxWaiting,
            ReportAssembliesMode = ReportAssembliesMode.None,
            ShutdownTimeout = FlushLimit,
        };
        settings.SetBeforeSend((report, _) => Only(report));

        // A client alone: the library's hooks, scopes and integrations come with its hub, which is not made.
        _client = new SentryClient(settings);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        TaskScheduler.UnobservedTaskException += OnUnobserved;
    }

    /// <summary>Reports that were not sent: throttled, or dropped because too many wait.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>A log event of level Error or Fatal. Of a library's, whose values nobody here answers for, only the template goes out.</summary>
    public void Emit(LogEvent logEvent)
    {
        var source = logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out var value)
            && value is ScalarValue { Value: string name } ? name : "";
        var template = logEvent.MessageTemplate.Text;
        if (logEvent.Level < LogEventLevel.Error || !Lets(template))
        {
            return;
        }

        var report = new SentryEvent(logEvent.Exception)
        {
            Level = logEvent.Level == LogEventLevel.Fatal ? SentryLevel.Fatal : SentryLevel.Error,
            Logger = source,
            Message = new SentryMessage
            {
                Message = template,
                Formatted = source.StartsWith(OwnNamespace, StringComparison.Ordinal)
                    ? logEvent.RenderMessage(CultureInfo.InvariantCulture)
                    : template,
            },
        };
        if (logEvent.Properties.TryGetValue("EventId", out var eventId) && eventId is StructureValue structure
            && structure.Properties.FirstOrDefault(property => property.Name == "Id") is { Value: ScalarValue { Value: int id } })
        {
            report.SetTag(LogEventTag, id.ToString(CultureInfo.InvariantCulture));
        }

        Send(report);
    }

    /// <summary>What ended a command. A database that is away at the start is left to the supervisor, which tries again at once.</summary>
    public void Report(Exception fault, int exitCode)
    {
        if (fault is not StoreUnavailableException and not OperationCanceledException)
        {
            var report = new SentryEvent(fault) { Level = SentryLevel.Fatal, Message = "Metricity ended on an error" };
            report.SetTag(ExitCodeTag, exitCode.ToString(CultureInfo.InvariantCulture));
            Send(report);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        _client.FlushAsync(FlushLimit).GetAwaiter().GetResult();
        _client.Dispose();
    }

    /// <summary>A report as it may leave: whatever the library added, now or in a later version, is not in it.</summary>
    private static SentryEvent Only(SentryEvent report)
    {
        var only = new SentryEvent
        {
            Level = report.Level,
            Logger = report.Logger,
            Message = report.Message,
            Platform = report.Platform,
            Release = report.Release,
            Environment = report.Environment,
        };
        only.Sdk.Name = report.Sdk.Name;
        only.Sdk.Version = report.Sdk.Version;
        foreach (var tag in report.Tags.Where(tag => tag.Key is LogEventTag or ExitCodeTag or LeftOutTag))
        {
            only.SetTag(tag.Key, tag.Value);
        }

        var exceptions = (report.SentryExceptions ?? []).Select(Only).ToList();
        if (exceptions.Count > 0)
        {
            only.SentryExceptions = exceptions;
        }

        return only;
    }

    /// <summary>The type and where it came from. Not the text: it can quote what was read.</summary>
    private static SentryException Only(SentryException exception)
    {
        var frames = (exception.Stacktrace?.Frames ?? []).Select(frame => new SentryStackFrame
        {
            Module = frame.Module,
            Function = frame.Function,
            LineNumber = frame.LineNumber,
            InApp = frame.InApp,
        }).ToList();

        return new SentryException
        {
            Type = exception.Type,
            Stacktrace = frames.Count > 0 ? new SentryStackTrace { Frames = frames } : null,
        };
    }

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs args)
    {
        if (args.ExceptionObject is Exception fault)
        {
            Send(new SentryEvent(fault) { Level = SentryLevel.Fatal, Message = "Metricity ended on an unhandled error" });
            _client.FlushAsync(FlushLimit).GetAwaiter().GetResult();
        }
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs args)
    {
        if (Lets($"unobserved {args.Exception.GetBaseException().GetType()}"))
        {
            Send(new SentryEvent(args.Exception) { Level = SentryLevel.Error, Message = "A task failed and nobody looked" });
        }
    }

    private bool Lets(string kind)
    {
        var lets = _throttle.Lets(kind);
        if (!lets)
        {
            Interlocked.Increment(ref _leftOut);
        }

        return lets;
    }

    private void Send(SentryEvent report)
    {
        report.SetTag(LeftOutTag, LeftOut.ToString(CultureInfo.InvariantCulture));
        if (_client.CaptureEvent(report) == SentryId.Empty)
        {
            Interlocked.Increment(ref _leftOut);
        }
    }
}
