namespace Metricity.DiscordSimulator;

/// <summary>Orders by id; also searches a channel's ascending list.</summary>
internal sealed class SimMessageOrder : IComparer<SimMessage>
{
    public static readonly SimMessageOrder ById = new();

    public int Compare(SimMessage? x, SimMessage? y)
    {
        return (x?.Id ?? 0).CompareTo(y?.Id ?? 0);
    }

    /// <summary>Index of the first message whose id is at least the given one.</summary>
    public static int LowerBound(List<SimMessage> list, ulong id)
    {
        int low = 0, high = list.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (list[middle].Id < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
