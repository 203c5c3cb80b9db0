using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// The program itself, as an operator starts it, with nothing in its environment but what the test gives. Its end fails the test when it
/// printed a secret.
/// </summary>
internal sealed class MetricityProcess : IAsyncDisposable
{
    /// <summary>Token and password of all tests here: long and odd enough that no output holds them by chance.</summary>
    public const string Token = "MTA5ODc2NTQzMjEw.GcAnAr.t0ken-of-the-process-tests";
    public const string Password = "pa55word-of-the-process-tests";

    /// <summary>For a start or an end. More than the usual 10 s: a busy machine takes seconds to start a program.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>The one built for the tests, or, by <c>scripts/verify-image.sh</c>, the one that goes into the image.</summary>
    private static readonly string Program =
        Environment.GetEnvironmentVariable("METRICITY_TEST_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "metricity");

    private readonly CollectorProcess _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private MetricityProcess(
        IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> launcher, IReadOnlyList<string> arguments)
    {
        _process = CollectorProcess.Start(
            [.. launcher, Program, .. arguments], environment, line => Keep(_output, line), line => Keep(_errors, line));
    }

    public string Output => Copy(_output);

    public string Errors => Copy(_errors);

    public bool HasExited => _process.HasExited;

    /// <summary>What <c>ps</c> shows of it, with its arguments separated by NUL.</summary>
    public string CommandLine => File.ReadAllText($"/proc/{_process.Id}/cmdline");

    /// <summary>Its environment as the system keeps it, for its user and root to read.</summary>
    public string Environ => File.ReadAllText($"/proc/{_process.Id}/environ");

    public static MetricityProcess Start(IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        return new MetricityProcess(environment, [], arguments);
    }

    /// <param name="launcher">A program and its arguments that in the end becomes the program: the process is the same.</param>
    public static MetricityProcess StartBy(
        IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        return new MetricityProcess(environment, launcher, arguments);
    }

    /// <summary>Runs to the end by itself.</summary>
    public static Task<FinishedProcess> RunAsync(
        IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        return RunByAsync([], environment, arguments);
    }

    /// <inheritdoc cref="StartBy"/>
    public static async Task<FinishedProcess> RunByAsync(
        IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        await using var process = StartBy(launcher, environment, arguments);
        var code = await process.WaitForExitAsync();

        return new FinishedProcess(code, process.Output, process.Errors);
    }

    /// <summary>Waits until it has printed a line to standard output that contains the text.</summary>
    public Task WaitForLineAsync(string text, TimeSpan? limit = null)
    {
        return WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), text, limit);
    }

    /// <summary>Waits until it has printed such a line to standard output; fails when it ends without.</summary>
    public async Task WaitForLineAsync(Func<string, bool> predicate, string what, TimeSpan? limit = null)
    {
        try
        {
            await Eventually.TrueAsync(() => Lines().Any(predicate) || HasExited, what, limit ?? Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Describe()}", e);
        }

        if (HasExited)
        {
            await _process.Ended; // the last lines too
            Assert.True(Lines().Any(predicate), $"it ended without printing: {what}\n{Describe()}");
        }
    }

    /// <summary>SIGTERM, as a supervisor sends it. Gives the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan? limit = null)
    {
        await _process.SignalAsync("TERM");

        return await WaitForExitAsync(limit);
    }

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        await _process.SignalAsync("KILL");
        await WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it does nothing, while its connections stay up.</summary>
    public Task FreezeAsync() => _process.SignalAsync("STOP");

    public Task ThawAsync() => _process.SignalAsync("CONT");

    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        try
        {
            await _process.Ended.WaitAsync(limit ?? Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"it goes on and on\n{Describe()}", e);
        }

        return _process.ExitCode;
    }

    public string Describe()
    {
        return $"--- standard output\n{Output}\n--- standard error\n{Errors}";
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        foreach (var secret in new[] { Token, Password })
        {
            Assert.DoesNotContain(secret, Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, Errors, StringComparison.Ordinal);
        }
    }

    private void Keep(List<string> lines, string line)
    {
        lock (_lock)
        {
            lines.Add(line);
        }
    }

    private List<string> Lines()
    {
        lock (_lock)
        {
            return [.. _output];
        }
    }

    private string Copy(List<string> lines)
    {
        lock (_lock)
        {
            return string.Join('\n', lines);
        }
    }
}

/// <summary>What a run that ended by itself left behind.</summary>
internal sealed record FinishedProcess(int Code, string Output, string Errors)
{
    /// <summary>Asserts the exit code and that it says this on standard error.</summary>
    public void Says(int code, params IReadOnlyList<string> parts)
    {
        Assert.True(code == Code, $"exit code {Code}, not {code}\n--- standard output\n{Output}\n--- standard error\n{Errors}");
        foreach (var part in parts)
        {
            Assert.Contains(part, Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
    }
}
