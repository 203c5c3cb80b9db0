using Metricity.Database;
using Metricity.Report;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.Tests.Report;

/// <summary>What browsers get, and what that costs the database.</summary>
public sealed class ReportPageTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<ReportRequest> _reads = [];

    [Fact]
    public async Task Report_is_made_once_a_minute_however_many_ask()
    {
        using var page = Page();

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, (await page.AnswerAsync(null, null, null, CancellationToken.None)).Status);
        }

        Assert.Equal(new ReportRequest(SampleReports.GuildId, "public", 30, "UTC", []).Days, Assert.Single(_reads).Days);
        _time.Advance(ReportPage.KeptFor);
        await page.AnswerAsync(null, null, null, CancellationToken.None);
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task Askers_of_one_report_wait_for_the_first_ones()
    {
        var gate = new TaskCompletionSource();
        using var page = Page(async request =>
        {
            await gate.Task;

            return SampleReports.Normal();
        });

        var answers = Enumerable.Range(0, 5).Select(_ => page.AnswerAsync(null, "7", "UTC", CancellationToken.None)).ToList();
        gate.SetResult();

        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(200, answer.Status));
        Assert.Single(_reads);
    }

    [Fact]
    public async Task Query_chooses_guild_days_and_zone()
    {
        using var page = Page();

        var answer = await page.AnswerAsync("2", "90", "Europe/Berlin", CancellationToken.None);

        Assert.Equal(200, answer.Status);
        var read = Assert.Single(_reads);
        Assert.Equal(("2", "two", 90, "Europe/Berlin"), (read.GuildId, read.Schema, read.Days, read.Zone));
        Assert.Contains($"?guild={SampleReports.GuildId}&amp;days=", answer.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "0", 400)]
    [InlineData(null, "3651", 400)]
    [InlineData(null, "-1", 400)]
    [InlineData(null, "<b>", 400)]
    [InlineData("99", null, 404)]
    [InlineData("<script>", null, 404)]
    public async Task Wrong_query_is_told_without_a_read(string? guild, string? days, int status)
    {
        using var page = Page();

        var answer = await page.AnswerAsync(guild, days, null, CancellationToken.None);

        Assert.Equal(status, answer.Status);
        Assert.Empty(_reads);
        Assert.DoesNotContain("<b>", answer.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", answer.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failures_are_plain_pages_and_are_not_kept()
    {
        Exception? failure = new StoreUnavailableException("The database cannot be reached (ConnectionRefused).");
        using var page = Page(_ => failure is null ? Task.FromResult(SampleReports.Normal()) : Task.FromException<GuildReport>(failure));

        var away = await page.AnswerAsync(null, null, null, CancellationToken.None);
        failure = new StopException(ExitCode.Usage, "There is no time zone 'x'.");
        var zone = await page.AnswerAsync(null, null, "x", CancellationToken.None);
        failure = null;
        var well = await page.AnswerAsync(null, null, null, CancellationToken.None);

        Assert.Equal((503, 400, 200), (away.Status, zone.Status, well.Status));
        Assert.Contains("The database cannot be reached", away.Html, StringComparison.Ordinal);
        Assert.Contains("There is no time zone", zone.Html, StringComparison.Ordinal);
    }

    private ReportPage Page(Func<ReportRequest, Task<GuildReport>>? read = null) => new(
        [(SampleReports.GuildId, "public"), ("2", "two")],
        (request, _) =>
        {
            _reads.Add(request);

            return read?.Invoke(request) ?? Task.FromResult(SampleReports.Normal());
        },
        _time);
}
