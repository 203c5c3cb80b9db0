using Dapper;
using Metricity.DiscordSimulator;
using Metricity.Testing;
using Microsoft.Extensions.Logging;

namespace Metricity.IntegrationTests.Collect;

/// <summary>Content is never a value: a word that is in every content-bearing field of every payload is nowhere afterwards.</summary>
public sealed class CanaryTests
{
    private const string Canary = "kanarienvogel";

    [Theory]
    [InlineData("zlib-stream")]
    [InlineData("none")]
    public async Task Content_of_any_payload_is_in_no_table_and_no_log(string compression)
    {
        SimChannel unknownParent = null!;
        await using var run = await CollectorHarness.StartAsync(
            run =>
            {
                run.Compression = compression;
                run.CollectBots = true;
                run.Guild.Populate(categories: 2, channels: 6, threads: 4, members: 20, messages: 20);
                unknownParent = run.Guild.AddChannel("gone soon");
            },
            time => new SimulatorOptions
            {
                TimeProvider = time,
                IdentifyWindow = TimeSpan.Zero,
                Canary = Canary,
                ContentToggle = true,
                ObfuscateHiddenChannels = false,
            });

        var original = run.Guild.PostMessage(run.General, run.Ann);
        run.Guild.PostMessage(run.General, run.Ann, new MessageOptions { MentionsBot = true });
        run.Guild.PostMessage(run.General, run.Ann, new MessageOptions { ReplyTo = original });
        run.Guild.PostMessage(run.General, run.Ann, new MessageOptions { ForwardOf = original });
        run.Guild.PostMessage(run.General, options: new MessageOptions { Webhook = true });
        run.Guild.PostMessage(run.General, run.Guild.BotMember);
        run.Guild.PostMessage(run.General, run.Ann, new MessageOptions { Type = 24 });
        run.Guild.PostMessage(run.General, run.Guild.AddStranger());
        run.Guild.EditMessage(original);
        run.Guild.DeleteMessage(original);
        var thread = run.Guild.AddThread(run.General, owner: run.Ann, options: new ThreadOptions { FromMessage = original });
        run.Guild.PostMessage(thread, run.Ann, new MessageOptions { MentionsBot = true });
        run.Guild.UpdateMember(run.Ann, nick: Canary);
        run.Guild.UpdateUser(run.Ann, globalName: Canary);
        run.Guild.RemoveMember(run.Ann);
        run.Guild.RejoinMember(run.Ann);
        run.Guild.DeleteChannelSilently(unknownParent);
        BreakEverything(run);
        await run.WaitUntilCommittedAsync();
        await run.NewSessionAsync();
        await run.WaitUntilSyncedAsync();
        await run.StopAsync();

        Assert.Empty(await TablesThatHoldAsync(run, Canary));
        Assert.NotEmpty(await TablesThatHoldAsync(run, "general"));
        Assert.DoesNotContain(run.Log.GetSnapshot(), record => record.Everything().Contains(Canary, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(run.Log.GetSnapshot(), record => record.Level == LogLevel.Error);
        Assert.Contains(run.Log.GetSnapshot(), record => record.Level <= LogLevel.Debug);
    }

    [Fact]
    public void No_row_type_and_no_event_type_has_a_field_for_content()
    {
        string[] content =
        [
            "content", "embed", "attachment", "component", "poll", "sticker", "topic", "nick", "globalname", "displayname", "snapshot",
            "text", "reaction", "json", "payload", "raw",
        ];

        var fields = typeof(Metricity.Hosting.Collector).Assembly.GetTypes()
            .Where(type => type.Namespace is "Metricity.Events" or "Metricity.Collect"
                && !type.IsAbstract
                && (type.Name.EndsWith("Facts", StringComparison.Ordinal) || type.Name.EndsWith("Row", StringComparison.Ordinal)
                    || type.IsSubclassOf(typeof(Metricity.Events.DiscordEvent))))
            .SelectMany(type => type.GetProperties().Select(property => $"{type.Name}.{property.Name}"))
            .ToList();

        Assert.Contains("MessageFacts.Author", fields);
        Assert.DoesNotContain(
            fields, field => content.Any(word => field.Split('.')[1].Contains(word, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task No_column_is_for_content()
    {
        await using var run = await CollectorHarness.CreateAsync();

        var columns = await run.Database.ListAsync<string>(
            "select table_name || '.' || column_name from information_schema.columns where table_schema in ('public', 'metricity')");

        Assert.Contains("messages.author_id", columns);
        Assert.DoesNotContain(columns, column => column.Contains("content", StringComparison.Ordinal));
    }

    /// <summary>Payloads whose errors invite a program to quote them.</summary>
    private static void BreakEverything(CollectorHarness run)
    {
        var gateway = run.Discord.Gateway;
        var guild = run.Guild.Id;
        gateway.SendDispatch(
            "MESSAGE_CREATE", $$"""{"id":"{{Canary}}","channel_id":"{{Canary}}","guild_id":"{{guild}}","content":"{{Canary}}"}""");
        gateway.SendDispatch(
            "MESSAGE_CREATE", $$"""{"id":"1","channel_id":"2","guild_id":"{{guild}}","type":"{{Canary}}","content":"{{Canary}}"}""");
        gateway.SendDispatch(
            "MESSAGE_CREATE", $$$"""{"{{{Canary}}}":{"{{{Canary}}}":[{"{{{Canary}}}":"{{{Canary}}}"}]},"content":"{{{Canary}}} """);
        gateway.SendDispatch(
            "GUILD_MEMBER_UPDATE",
            $$"""{"guild_id":"{{guild}}","user":"{{Canary}}","roles":["{{Canary}}"],"joined_at":"{{Canary}}"}""");
        gateway.SendDispatch(
            "THREAD_UPDATE", $$"""{"id":"5","guild_id":"{{guild}}","parent_id":"{{Canary}}","name":7,"thread_metadata":"{{Canary}}"}""");
        gateway.SendDispatch("KANARIE", $$"""{"content":"{{Canary}}"}""");
        gateway.SendRaw($$$"""{"op":0,"t":"MESSAGE_CREATE","d":{"content":"{{{Canary}}}"}}""");
        gateway.SendRaw($$"""{"op":0,"s":"{{Canary}}","t":7,"d":"{{Canary}}" """);
        gateway.SendRaw(Canary);
        run.Discord.Rest.TruncateJson("channels/{id}", times: 3);
    }

    /// <summary>Looks through every column of every table, as text.</summary>
    private static async Task<IReadOnlyList<string>> TablesThatHoldAsync(CollectorHarness run, string word)
    {
        await using var connection = await run.Database.DataSource.OpenConnectionAsync();
        var tables = (await connection.QueryAsync<string>(
            """
            select quote_ident(table_schema) || '.' || quote_ident(table_name)
            from information_schema.tables
            where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
            """)).AsList();
        Assert.True(tables.Count >= 8);

        var found = new List<string>();
        foreach (var table in tables)
        {
            var sql = $"select exists (select from {table} t where t::text ilike '%' || @Word || '%')";
            if (await connection.ExecuteScalarAsync<bool>(sql, new { Word = word }))
            {
                found.Add(table);
            }
        }

        return found;
    }
}
