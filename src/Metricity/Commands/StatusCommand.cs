using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Commands;

/// <summary>
/// Answers <c>/metricity status</c>, to staff and within Discord's 3 s, beside the reader. A database that does not answer at once is left
/// out of the answer. What comes too late, twice or too often is not answered.
/// </summary>
/// <param name="waiting">How many events are received and not committed.</param>
/// <param name="readStatus">What the database tells of a guild.</param>
/// <param name="stopping">Answers end with the collector.</param>
internal sealed partial class StatusCommand(
    InteractionRest rest,
    Func<long> waiting,
    Func<Snowflake, CancellationToken, Task<GuildStatus>> readStatus,
    TimeProvider time,
    ILogger<StatusCommand> logger,
    CancellationToken stopping) : IEventObserver
{
    /// <summary>Answers under way; who is one too many may ask again.</summary>
    private const int MaxAnswers = 4;

    /// <summary>Discord's own deadline. What is older was replayed by a RESUME, or our clock is ahead.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    /// <summary>Leaves the rest of the 3 s to two ways through the network.</summary>
    private static readonly TimeSpan DatabaseLimit = TimeSpan.FromSeconds(1);

    private static readonly string Version = typeof(StatusCommand).Assembly.GetName().Version!.ToString(3);

    private readonly SemaphoreSlim _places = new(MaxAnswers, MaxAnswers);
    private long _lastEventTicks;

    public void See(DiscordEvent @event)
    {
        if (@event is StatusAsked asked)
        {
            Take(asked);
        }
        else
        {
            Interlocked.Exchange(ref _lastEventTicks, time.GetUtcNow().UtcTicks);
        }
    }

    private void Take(StatusAsked asked)
    {
        var age = time.GetUtcNow().UtcDateTime - asked.InteractionId.CreatedAt;
        if (age > Deadline)
        {
            LogTooOld(asked.GuildId, age.TotalSeconds);
        }
        else if (!_places.Wait(0, CancellationToken.None))
        {
            LogTooMany(asked.GuildId);
        }
        else
        {
            // Away from the gateway's reader, which must not wait.
            _ = Task.Run(() => AnswerAsync(asked), CancellationToken.None);
        }
    }

    private async Task AnswerAsync(StatusAsked asked)
    {
        try
        {
            var answer = asked.IsStaff ? await DescribeAsync(asked.GuildId) : Refusal;
            await rest.AnswerAsync(asked.InteractionId, asked.Token, answer, stopping);
            LogAnswered(asked.GuildId, asked.IsStaff);
        }
        catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException)
        {
            // 10062: too late. 40060: answered already, by us or by another copy. Nothing is to be done about any of them.
            LogNotAnswered(asked.GuildId, e.Message);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // Cancelled, or the connection to Discord is gone already.
            LogNotAnswered(asked.GuildId, "Metricity stops.");
        }
        finally
        {
            _places.Release();
        }
    }

    private static InteractionAnswer Refusal => new(
        "Metricity", "This shows how the collection of this server's activity is doing. It is for staff; please ask one of them.", []);

    private async Task<InteractionAnswer> DescribeAsync(Snowflake guildId)
    {
        var lastEvent = Interlocked.Read(ref _lastEventTicks);
        var now = time.GetUtcNow().UtcDateTime;
        var last = lastEvent == 0 ? "none since the start" : StatusText.Age(now - new DateTime(lastEvent, DateTimeKind.Utc)) + " ago";
        var status = await TryReadAsync(guildId);
        var lag = status?.CommittedAt is { } committed && lastEvent > committed.Ticks
            ? TimeSpan.FromTicks(lastEvent - committed.Ticks)
            : TimeSpan.Zero;

        return StatusText.Describe(Version, last, waiting(), lag, status);
    }

    private async Task<GuildStatus?> TryReadAsync(Snowflake guildId)
    {
        using var limit = new CancellationTokenSource(DatabaseLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            // The driver may take its time to notice a cancellation.
            return await readStatus(guildId, either.Token).WaitAsync(either.Token);
        }
        catch (Exception e) when (e is StoreUnavailableException or StopException)
        {
            LogNoDatabase(e.Message);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            LogNoDatabase("The database did not answer in time.");
        }

        return null;
    }

    [LoggerMessage(LogEvents.Commands.Answered, LogLevel.Debug, "Answered /metricity status in guild {GuildId} (staff: {IsStaff})")]
    private partial void LogAnswered(Snowflake guildId, bool isStaff);

    [LoggerMessage(LogEvents.Commands.NotAnswered, LogLevel.Debug, "/metricity status in guild {GuildId} was not answered: {Reason}")]
    private partial void LogNotAnswered(Snowflake guildId, string reason);

    [LoggerMessage(LogEvents.Commands.TooOld, LogLevel.Information,
        "/metricity status in guild {GuildId} was {Seconds:0.0} s old when it came, too late to answer. After a reconnect that is as it should be; "
        + "when it is always so, set this machine's clock")]
    private partial void LogTooOld(Snowflake guildId, double seconds);

    [LoggerMessage(LogEvents.Commands.TooMany, LogLevel.Debug,
        "/metricity status in guild {GuildId} was not answered: too many at once")]
    private partial void LogTooMany(Snowflake guildId);

    [LoggerMessage(LogEvents.Commands.WithoutDatabase, LogLevel.Debug, "/metricity status is answered without the database: {Reason}")]
    private partial void LogNoDatabase(string reason);
}
