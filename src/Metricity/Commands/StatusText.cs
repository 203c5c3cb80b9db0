using System.Globalization;
using Metricity.Rest;

namespace Metricity.Commands;

/// <summary>The words of <c>/metricity status</c>.</summary>
internal static class StatusText
{
    /// <param name="lastEvent">When Discord last told of something.</param>
    /// <param name="lag">From the newest committed event to the last one received.</param>
    /// <param name="status">Null when the database does not answer.</param>
    public static InteractionAnswer Describe(string version, string lastEvent, long waiting, TimeSpan lag, GuildStatus? status)
    {
        var fields = new List<(string, string)>
        {
            ("Last event", lastEvent),
            ("Waiting for the database", waiting == 1 ? "1 event" : Format($"{waiting:N0} events")),
        };
        if (status is null)
        {
            return new InteractionAnswer(
                $"Metricity {version}", "The database does not answer at the moment. What comes meanwhile waits in memory; nothing is lost.", fields);
        }

        fields.Add(("Event to commit", lag < TimeSpan.FromSeconds(1) ? "under 1 s" : Age(lag)));
        fields.Add(("Collected of the last 24 h", Format($"{Math.Floor(status.Covered * 1000) / 10:0.0} %")));
        fields.Add(("Open gaps", status.OldestGapAt is { } oldest
            ? Format($"{status.OpenGaps}, the oldest since {oldest:yyyy-MM-dd HH:mm} UTC")
            : "none"));

        return new InteractionAnswer($"Metricity {version}", null, fields);
    }

    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "less than 1 s",
        { TotalMinutes: < 2 } => Format($"{age.TotalSeconds:0} s"),
        { TotalHours: < 2 } => Format($"{age.TotalMinutes:0} min"),
        _ => Format($"{age.TotalHours:0} h"),
    };

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
