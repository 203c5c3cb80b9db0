using System.Globalization;
using System.Text.Json;
using Metricity.DiscordSimulator;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// A database of the original goes on under this program: the simulated guild is the one whose rows it holds, with what happened between
/// the last stop of the original and our first start.
/// </summary>
public sealed class AdoptedDatabaseTests
{
    private const ulong GuildId = 267624335836053506;
    private const string BotOfTheOriginal = "414020331980980234";

    [Fact]
    public async Task Original_database_is_adopted_and_collected_into_and_old_rows_stay_untouched()
    {
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateOriginalAsync(), guildId: GuildId);
        UseVariablesOfTheOriginal(bed);
        var guild = await MirrorAsync(bed);
        var (renamed, channel, thread) = (guild.Channels[3], guild.Channels[5], guild.Threads[7]);
        var (author, left, joined) = (guild.Members[10], guild.Members[20], guild.AddMember("new"));
        Assert.Equal("channel-3", renamed.Name);
        guild.RenameChannel(renamed, "new-name");
        guild.RemoveMemberSilently(left);
        var before = await RowsAsync(bed.Database);

        var migrated = await bed.RunAsync("--migrate");
        migrated.Says(0);
        Assert.Contains("adopted the database of Metricity 2.8.0", migrated.Output, StringComparison.Ordinal);
        Assert.Equal(before, await RowsAsync(bed.Database));

        await bed.StartSyncedAsync();
        var inChannel = guild.PostMessage(channel, author);
        var inThread = guild.PostMessage(thread, joined);
        var deleted = (await bed.Database.ScalarAsync<string>("select id from messages where not is_deleted order by id limit 1"))!;
        guild.DeleteUnknownMessage(channel, Id(deleted));
        await Eventually.EqualAsync(bed.Simulator.Gateway.LastSequence, bed.PositionAsync, "everything sent is committed");

        // Only what Discord told of differs, and of that only what it told.
        Replace(before, $"channels {renamed.Id}", "name=channel-3", "name=new-name");
        Replace(before, $"users {left.Id}", "in_guild=true", "in_guild=false");
        Replace(before, $"users {BotOfTheOriginal}", "in_guild=true", "in_guild=false");
        Replace(before, $"messages {deleted}", "is_deleted=false", "is_deleted=true");
        var after = await RowsAsync(bed.Database);
        string[] added =
        [
            $"messages {inChannel.Id}", $"messages {inThread.Id}",
            $"users {joined.Id}", $"users {guild.Owner.Id}", $"users {guild.BotMember.Id}",
        ];
        Assert.Equal(added.Order(StringComparer.Ordinal), after.Keys.Except(before.Keys).Order(StringComparer.Ordinal));
        Assert.Equal(before, after.Where(row => before.ContainsKey(row.Key)));
        var stored = after[$"messages {inThread.Id}"];
        Assert.Contains($"channel_id={thread.Parent!.Id} author_id={joined.Id}", stored, StringComparison.Ordinal);
        Assert.Contains($"thread_id={thread.Id} content_hash=-", stored, StringComparison.Ordinal);
        Assert.Equal(2, await bed.Database.CountAsync("member_events where kind = 'leave' and inferred"));
    }

    private static void UseVariablesOfTheOriginal(ProcessBed bed)
    {
        var target = new NpgsqlConnectionStringBuilder(bed.Environment["ConnectionStrings__Metricity"]);
        bed.Environment.Remove("Discord__Token");
        bed.Environment.Remove("ConnectionStrings__Metricity");
        bed.Environment.Remove("Guilds__0__Id");
        bed.Environment["BOT_TOKEN"] = MetricityProcess.Token;
        bed.Environment["GUILD_ID"] = $"{GuildId}";
        bed.Environment["DATABASE_URI"] = $"postgresql+asyncpg://{target.Username}:{Uri.EscapeDataString(target.Password!)}"
            + $"@{target.Host}:{target.Port}/{target.Database}";
    }

    /// <summary>Makes the guild that the rows tell of: what is in it, and nothing of what has left it.</summary>
    private static async Task<SimGuild> MirrorAsync(ProcessBed bed)
    {
        var (world, guild, database) = (bed.Simulator.World, bed.Guild, bed.Database);
        var staff = guild.AddRole("staff");
        bed.Environment["Guilds__0__StaffRoleId"] = $"{staff.Id}";
        var channels = new Dictionary<string, SimChannel>();
        foreach (var row in await database.ListAsync<string[]>("select array[id, name] from categories order by id"))
        {
            world.GiveNextId(Id(row[0]));
            channels[row[0]] = guild.AddCategory(row[1]);
        }

        const string Channels = "select array[id, name, coalesce(category_id, '')] from channels order by id";
        foreach (var row in await database.ListAsync<string[]>(Channels))
        {
            world.GiveNextId(Id(row[0]));
            channels[row[0]] = guild.AddChannel(row[1], parent: channels.GetValueOrDefault(row[2]));
        }

        foreach (var row in await database.ListAsync<string[]>("select array[id, parent_channel_id, name, type] from threads order by id"))
        {
            world.GiveNextId(Id(row[0]));
            guild.AddThread(channels[row[1]], row[2], options: new ThreadOptions
            {
                Type = row[3] == "news_thread" ? SimChannelType.AnnouncementThread : SimChannelType.PublicThread,
                HasCreateTimestamp = false,
                FirstMessage = false,
            });
        }

        const string Members =
            """
            select array[id, name, avatar_hash, guild_avatar_hash, joined_at::text, public_flags::text, is_staff::text, bot::text,
                pending::text]
            from users where in_guild and id <> $1 order by id
            """;
        foreach (var row in await database.ListAsync<string?[]>(Members, BotOfTheOriginal))
        {
            world.GiveNextId(Id(row[0]!));
            var user = world.AddUser(row[1], row[7] == "true", Flags(row[5]!), row[2]);
            var joinedAt = DateTimeOffset.ParseExact(
                row[4]!, "yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            var member = guild.AddMember(joinedAt, user: user, pending: row[8] == "true", roles: row[6] == "true" ? [staff] : []);
            guild.UpdateMember(member, avatar: row[3]);
        }

        return guild;
    }

    /// <summary>The rows of the original's tables by table and id, with the values of its columns.</summary>
    private static async Task<SortedDictionary<string, string>> RowsAsync(TestDatabase database)
    {
        const string Sql =
            """
            select array['categories ' || id, format('name=%s deleted=%s', name, deleted::text)] from categories
            union all
            select array['channels ' || id, format('name=%s category_id=%s is_staff=%s deleted=%s',
                name, category_id, is_staff::text, deleted::text)] from channels
            union all
            select array['threads ' || id, format('parent=%s created_at=%s name=%s archived=%s auto=%s locked=%s type=%s',
                parent_channel_id, created_at, name, archived::text, auto_archive_duration, locked::text, type)] from threads
            union all
            select array['users ' || id, format(
                'name=%s avatar=%s joined_at=%s created_at=%s is_staff=%s bot=%s in_guild=%s flags=%s pending=%s guild=%s',
                name, avatar_hash, joined_at, created_at, is_staff::text, bot::text, in_guild::text, public_flags::text, pending::text,
                guild_avatar_hash)] from users
            union all
            select array['messages ' || id, format('channel_id=%s author_id=%s created_at=%s is_deleted=%s thread_id=%s content_hash=%s',
                channel_id, author_id, created_at, is_deleted::text, thread_id, coalesce(content_hash, '-'))] from messages
            """;
        var rows = (await database.ListAsync<string[]>(Sql)).ToDictionary(row => row[0], row => row[1]);

        return new SortedDictionary<string, string>(rows, StringComparer.Ordinal);
    }

    private static void Replace(SortedDictionary<string, string> rows, string key, string old, string now)
    {
        Assert.Contains(old, rows[key], StringComparison.Ordinal);
        rows[key] = rows[key].Replace(old, now, StringComparison.Ordinal);
    }

    /// <summary>The bits whose names the original stored as true.</summary>
    private static long Flags(string json)
    {
        string[] names =
        [
            "staff", "partner", "hypesquad", "bug_hunter", "", "", "hypesquad_bravery", "hypesquad_brilliance", "hypesquad_balance",
            "early_supporter", "team_user", "", "system", "", "bug_hunter_level_2", "", "verified_bot", "verified_bot_developer",
            "discord_certified_moderator", "bot_http_interactions", "spammer", "", "active_developer",
        ];
        using var flags = JsonDocument.Parse(json);

        return names.Index()
            .Where(name => name.Item.Length > 0 && flags.RootElement.GetProperty(name.Item).GetBoolean())
            .Sum(name => 1L << name.Index);
    }

    private static ulong Id(string text)
    {
        return ulong.TryParse(text, CultureInfo.InvariantCulture, out var id) ? id : throw new FormatException();
    }
}
