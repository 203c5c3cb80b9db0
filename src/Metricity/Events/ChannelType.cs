namespace Metricity.Events;

/// <summary>Discord's channel type number (docs, "Channel: Channel Types"). Unknown numbers are kept as they are.</summary>
internal readonly record struct ChannelType(int Value)
{
    public static readonly ChannelType Text = new(0);
    public static readonly ChannelType Category = new(4);
    public static readonly ChannelType AnnouncementThread = new(10);
    public static readonly ChannelType PublicThread = new(11);
    public static readonly ChannelType PrivateThread = new(12);

    public bool IsThread => Value is 10 or 11 or 12;

    public bool IsCategory => Value is 4;

    /// <summary>The name the original stored (discord.py's), which existing dashboards filter by, e.g. <c>public_thread</c>.</summary>
    public string Name => Value switch
    {
        0 => "text",
        1 => "private",
        2 => "voice",
        3 => "group",
        4 => "category",
        5 => "news",
        10 => "news_thread",
        11 => "public_thread",
        12 => "private_thread",
        13 => "stage_voice",
        15 => "forum",
        16 => "media",
        _ => $"unknown_{Value}",
    };
}
