using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads user objects (Discord docs, "User: User Object").</summary>
internal static class UserReader
{
    /// <summary>A user without a word on membership.</summary>
    public static UserFacts Read(ref Utf8JsonReader reader, ReaderContext context) => ReadFields(ref reader, context).ToFacts(null);

    public static UserFields ReadFields(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        string? name = null;
        string? avatarHash = null;
        var isBot = false;
        long publicFlags = 0;

        reader.EnterObject("user");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("user.id");
            }
            else if (key.SequenceEqual("username"u8))
            {
                name = reader.ReadText(context, "user.username");
            }
            else if (key.SequenceEqual("avatar"u8))
            {
                avatarHash = reader.ReadText(context, "user.avatar");
            }
            else if (key.SequenceEqual("bot"u8))
            {
                isBot = reader.ReadBoolean("user.bot") ?? false;
            }
            else if (key.SequenceEqual("public_flags"u8))
            {
                publicFlags = reader.ReadInt64("user.public_flags") ?? 0;
            }
            else
            {
                reader.Skip();
            }
        }

        return new UserFields(
            id ?? throw new MalformedPayloadException("user.id"),
            name ?? throw new MalformedPayloadException("user.username"),
            avatarHash,
            isBot,
            publicFlags);
    }
}

/// <summary>What a user object holds; in messages it stands apart from the membership.</summary>
internal readonly record struct UserFields(Snowflake Id, string Name, string? AvatarHash, bool IsBot, long PublicFlags)
{
    /// <param name="member">Null when the payload did not tell of a membership.</param>
    public UserFacts ToFacts(MemberFields? member) => new(
        Id,
        Name,
        AvatarHash,
        IsBot,
        PublicFlags,
        member.HasValue,
        member?.AvatarHash,
        member?.JoinedAt,
        member?.Pending,
        member?.IsStaff ?? false);
}
