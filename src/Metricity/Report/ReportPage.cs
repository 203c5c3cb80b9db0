using System.Collections.Concurrent;
using System.Globalization;
using Metricity.Database;

namespace Metricity.Report;

/// <summary>What a browser gets.</summary>
/// <param name="Status">Of HTTP.</param>
internal sealed record PageAnswer(int Status, string Html);

/// <summary>
/// The report for browsers. However many ask, the database has one report at a time to make, on a connection of its own, and the same one
/// at most once a minute. Any thread may call.
/// </summary>
/// <param name="guilds">The first one is shown to who names none.</param>
/// <param name="read">Makes a report.</param>
internal sealed class ReportPage(
    IReadOnlyList<(string Id, string Schema)> guilds,
    Func<ReportRequest, CancellationToken, Task<GuildReport>> read,
    TimeProvider time) : IDisposable
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    /// <summary>Pages kept; a page is some hundred kilobytes at most.</summary>
    private const int MaxKept = 16;

    /// <summary>Who waits longer for the reports before theirs is asked to come again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ReportRequest, (long Made, string Html)> _kept = [];
    private readonly SemaphoreSlim _turn = new(1, 1);

    public async Task<PageAnswer> AnswerAsync(string? guild, string? days, string? zone, CancellationToken cancellationToken)
    {
        if (Find(guild) is not { } found)
        {
            return Error(404, $"There is no guild '{Words.Short(guild!)}' in the settings of this collector.");
        }

        if (ReadDays(days) is not { } number)
        {
            return Error(
                400, $"days: '{Words.Short(days!)}' is not a whole number from {ReportRequest.MinDays} to {ReportRequest.MaxDays}.");
        }

        var request = new ReportRequest(found.Id, found.Schema, number, zone ?? ReportRequest.DefaultZone, []);
        if (Kept(request) is { } kept)
        {
            return new PageAnswer(200, kept);
        }

        if (!await _turn.WaitAsync(Patience, cancellationToken))
        {
            return Error(503, "Other reports are being made. Try again in a moment.");
        }

        try
        {
            return new PageAnswer(200, Kept(request) ?? await MakeAsync(request, cancellationToken));
        }
        catch (StopException e) when (e.ExitCode == ExitCode.Usage)
        {
            return Error(400, e.Message);
        }
        catch (Exception e) when (e is StoreUnavailableException or StopException)
        {
            return Error(503, e.Message);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Null for what is no number of days.</summary>
    public static int? ReadDays(string? text) => text is null
        ? ReportRequest.DefaultDays
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && days is >= ReportRequest.MinDays and <= ReportRequest.MaxDays
                ? days
                : null;

    private static PageAnswer Error(int status, string sentence) => new(status, HtmlReport.RenderError("No report", sentence));

    private (string Id, string Schema)? Find(string? guild)
    {
        var found = guilds.Where(entry => guild is null || entry.Id == guild).Take(1).ToList();

        return found.Count > 0 ? found[0] : null;
    }

    private string? Kept(ReportRequest request) =>
        _kept.TryGetValue(request, out var page) && time.GetElapsedTime(page.Made) < KeptFor ? page.Html : null;

    private async Task<string> MakeAsync(ReportRequest request, CancellationToken cancellationToken)
    {
        var report = await read(request, cancellationToken);
        var others = guilds.Where(guild => guild.Id != request.GuildId)
            .Select(guild => (guild.Id, $"?guild={guild.Id}&days={report.Days}&zone={Uri.EscapeDataString(report.Zone)}"));
        var html = HtmlReport.Render(report, [.. others]);
        foreach (var old in _kept.OrderBy(page => page.Value.Made).ToList())
        {
            if (_kept.Count >= MaxKept || time.GetElapsedTime(old.Value.Made) >= KeptFor)
            {
                _kept.TryRemove(old.Key, out _);
            }
        }

        _kept[request] = (time.GetTimestamp(), html);

        return html;
    }
}
