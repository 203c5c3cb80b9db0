using System.Globalization;

namespace Metricity.IntegrationTests.Report;

/// <summary>Every SQL block of docs/metabase.md, as the role that Metabase has, for two guilds.</summary>
[Collection(InsightsServer.Collection)]
public sealed class MetabaseTests(InsightsServer server)
{
    public static TheoryData<string> Titles => [.. MetabasePage.Questions.Select(question => question.Title)];

    [Fact]
    public void Every_block_was_found_and_every_variable_is_explained()
    {
        Assert.Equal(15, MetabasePage.Questions.Count);
        var used = MetabasePage.Questions.SelectMany(question => MetabasePage.VariablesIn(question.Sql)).Distinct();
        Assert.Equal(MetabasePage.Variables.Keys.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task Block_answers_with_the_defaults_and_with_everything_set(string title)
    {
        var question = MetabasePage.Questions.Single(question => question.Title == title);
        foreach (var (guild, seed) in server.Seeds)
        {
            var values = new Dictionary<string, string>(MetabasePage.Variables)
            {
                ["member"] = $"{seed.Messages().CountBy(message => message.AuthorId).MaxBy(count => count.Value).Key}",
            };
            if (title.Contains("in a channel?", StringComparison.Ordinal))
            {
                values["channel"] = $"{seed.Messages().CountBy(message => message.ChannelId).MaxBy(count => count.Value).Key}";
            }

            await CheckAsync(guild, question, values);

            values["since"] = seed.Options.Until.AddDays(-60).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            values["until"] = seed.Options.Until.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            values["zone"] = "America/New_York";
            values["step"] = "week";
            if (title.Contains("help threads", StringComparison.Ordinal))
            {
                values["channel"] = $"{seed.Channels.First(channel => channel.Type == "forum").Id}";
            }

            await CheckAsync(guild, question, values);
        }
    }

    private async Task CheckAsync(string guild, MetabaseQuestion question, Dictionary<string, string> values)
    {
        var sql = MetabasePage.Fill(question.Sql, values).Replace("insights.", $"\"{guild}\".", StringComparison.Ordinal);

        var answer = await server.ReadAsync("metabase_reader", sql);

        Assert.True(answer.Rows.Count > 0, sql);
        Assert.Equal(answer.Columns.Count, answer.Names.Distinct().Count());
        var odd = answer.Columns.Where(column => !column.IsPlain && column.Type != "text[]");
        Assert.Empty(odd);
        var empty = answer.Columns.Where((_, i) => answer.Rows.TrueForAll(row => row[i] is null));
        Assert.True(question.Sql.Contains('*', StringComparison.Ordinal) || !empty.Any(), $"{question.Title}: {string.Join(", ", empty)}");
    }
}
