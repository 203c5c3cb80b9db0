namespace Metricity.DiscordSimulator;

/// <summary>Discord's channel types, by number.</summary>
public static class SimChannelType
{
    public const int Text = 0;
    public const int Voice = 2;
    public const int Category = 4;
    public const int Announcement = 5;
    public const int AnnouncementThread = 10;
    public const int PublicThread = 11;
    public const int PrivateThread = 12;
    public const int Stage = 13;
    public const int Directory = 14;
    public const int Forum = 15;
    public const int Media = 16;

    /// <summary>The word the original's database holds for a type; <c>unknown_N</c> for others.</summary>
    public static string NameOf(int type)
    {
        return type switch
        {
            Text => "text",
            1 => "private",
            Voice => "voice",
            3 => "group",
            Category => "category",
            Announcement => "news",
            AnnouncementThread => "news_thread",
            PublicThread => "public_thread",
            PrivateThread => "private_thread",
            Stage => "stage_voice",
            Forum => "forum",
            Media => "media",
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"unknown_{type}"),
        };
    }

    internal static bool IsForum(int type)
    {
        return type is Forum or Media;
    }

    internal static bool IsVoice(int type)
    {
        return type is Voice or Stage;
    }

    internal static bool IsThread(int type)
    {
        return type is AnnouncementThread or PublicThread or PrivateThread;
    }
}
