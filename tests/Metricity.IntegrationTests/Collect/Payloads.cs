using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.Collect;

/// <summary>Payloads that the simulated world would not send by itself.</summary>
internal static class Payloads
{
    /// <summary>The <c>d</c> of MESSAGE_CREATE.</summary>
    /// <param name="guildId">Null for a direct message.</param>
    public static string Message(
        ulong id, ulong channelId, ulong? guildId, ulong authorId, string name = "somebody", int? channelType = null, string? more = null)
    {
        var guild = guildId is null ? "" : $"\"guild_id\":\"{guildId}\",";
        var type = channelType is null ? "" : $"\"channel_type\":{channelType},";

        return $$"""
            {"id":"{{id}}","channel_id":"{{channelId}}",{{guild}}{{type}}"type":0,
            "timestamp":"2024-06-01T12:00:00+00:00","edited_timestamp":null,
            "author":{"id":"{{authorId}}","username":"{{name}}","discriminator":"0"},"content":"","embeds":[],"attachments":[]{{more}}}
            """;
    }

    public static string Message(SimGuild guild, SimChannel channel, SimMember author, ulong? id = null) =>
        Message(id ?? guild.World.NextId(), channel.Id, guild.Id, author.Id, author.User.Username, channel.Type);

    /// <summary>The <c>d</c> of GUILD_MEMBERS_CHUNK.</summary>
    public static string Chunk(SimGuild guild, string? nonce, int index, int count, params IEnumerable<string> members)
    {
        var tail = nonce is null ? "" : $",\"nonce\":\"{nonce}\"";

        return $$"""
            {"guild_id":"{{guild.Id}}","chunk_index":{{index}},"chunk_count":{{count}},"not_found":[],
            "members":[{{string.Join(',', members)}}]{{tail}}}
            """;
    }

    public static string Member(ulong id, string name, string joinedAt = "\"2023-01-01T00:00:00+00:00\"") =>
        $$"""{"user":{"id":"{{id}}","username":"{{name}}"},"roles":[],"joined_at":{{joinedAt}},"pending":false}""";
}
