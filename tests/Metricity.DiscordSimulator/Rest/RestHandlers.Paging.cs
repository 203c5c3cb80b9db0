using System.Globalization;

namespace Metricity.DiscordSimulator;

/// <summary>The paged lists: members, messages, archived threads, each with Discord's own rules.</summary>
internal sealed partial class RestHandlers
{
    private RestAnswer Members(RestCall call, SimGuild guild)
    {
        if (!_options.MembersIntentEnabled)
        {
            return RestAnswer.MissingAccess;
        }

        if (call.Limit(1, 1000, 1, out var limit) is { } refusal)
        {
            return refusal;
        }

        if (!call.TryId("after", out var after))
        {
            return RestAnswer.BadForm("after", "NUMBER_TYPE_COERCE");
        }

        var members = guild.MembersById();
        int low = 0, high = members.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (members[middle].Id <= (after ?? 0))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return List(members.Skip(low).Take(limit), _world.Wire.Member);
    }

    /// <summary>Newest first in every case. Without READ_MESSAGE_HISTORY the answer is 200 and an empty list.</summary>
    private RestAnswer Messages(RestCall call, SimChannel channel)
    {
        if (channel.Type == SimChannelType.Category || SimChannelType.IsForum(channel.Type))
        {
            return RestAnswer.WrongChannelType;
        }

        if (call.Limit(1, 100, 50, out var limit) is { } refusal)
        {
            return refusal;
        }

        if (!call.TryId("before", out var before) || !call.TryId("after", out var after) || !call.TryId("around", out var around))
        {
            return RestAnswer.BadForm("before", "NUMBER_TYPE_COERCE");
        }

        if ((before is null ? 0 : 1) + (after is null ? 0 : 1) + (around is null ? 0 : 1) > 1)
        {
            return RestAnswer.BadForm("before", "MUTUALLY_EXCLUSIVE");
        }

        var permissions = channel.Guild.BotPermissionsIn(channel);
        if (SimChannelType.IsVoice(channel.Type) && (permissions & SimPermissions.Connect) == 0)
        {
            return RestAnswer.MissingAccess;
        }

        if ((permissions & SimPermissions.History) == 0)
        {
            return RestAnswer.Empty;
        }

        var list = channel.MessageList;
        IEnumerable<SimMessage> page = (after, around) switch
        {
            ({ } id, _) => Newer(list, id + 1).Take(limit).Reverse(),
            (_, { } id) => Newer(list, id).Take((limit / 2) + 1).Reverse().Concat(Older(list, id).Take(limit / 2)),
            _ => Older(list, before ?? ulong.MaxValue).Take(limit),
        };
        return List(page, (w, message) => _world.Wire.Message(w, message, gateway: false, BlanksRest));
    }

    private bool BlanksRest => _options.BlanksContent && !_options.ContentToggle;

    private static IEnumerable<SimMessage> Newer(List<SimMessage> list, ulong from)
    {
        for (var i = SimMessageOrder.LowerBound(list, from); i < list.Count; i++)
        {
            if (!list[i].IsDeleted)
            {
                yield return list[i];
            }
        }
    }

    private static IEnumerable<SimMessage> Older(List<SimMessage> list, ulong before)
    {
        for (var i = SimMessageOrder.LowerBound(list, before) - 1; i >= 0; i--)
        {
            if (!list[i].IsDeleted)
            {
                yield return list[i];
            }
        }
    }

    private RestAnswer Message(RestCall call, SimChannel channel)
    {
        if ((channel.Guild.BotPermissionsIn(channel) & SimPermissions.History) == 0)
        {
            return RestAnswer.MissingAccess;
        }

        var index = SimMessageOrder.LowerBound(channel.MessageList, call.Ids[1]);
        var message = index < channel.MessageList.Count ? channel.MessageList[index] : null;
        return message is null || message.Id != call.Ids[1] || message.IsDeleted
            ? RestAnswer.UnknownMessage
            : Ok(w => _world.Wire.Message(w, message, gateway: false, BlanksRest));
    }

    private RestAnswer ArchivedPublic(RestCall call, SimChannel channel)
    {
        if (channel.Type is not (SimChannelType.Text or SimChannelType.Announcement) && !SimChannelType.IsForum(channel.Type))
        {
            return RestAnswer.WrongChannelType;
        }

        return (channel.Guild.BotPermissionsIn(channel) & SimPermissions.History) == 0
            ? RestAnswer.MissingAccess
            : ArchivedByTime(call, channel, thread => thread.Type != SimChannelType.PrivateThread);
    }

    private RestAnswer ArchivedPrivate(RestCall call, SimChannel channel)
    {
        if (channel.Type != SimChannelType.Text)
        {
            return RestAnswer.WrongChannelType;
        }

        const ulong needed = SimPermissions.History | SimPermissions.ManageThreads;
        return (channel.Guild.BotPermissionsIn(channel) & needed) != needed
            ? RestAnswer.MissingAccess
            : ArchivedByTime(call, channel, thread => thread.Type == SimChannelType.PrivateThread);
    }

    private RestAnswer ArchivedJoined(RestCall call, SimChannel channel)
    {
        if ((channel.Guild.BotPermissionsIn(channel) & SimPermissions.History) == 0)
        {
            return RestAnswer.MissingAccess;
        }

        if (call.Limit(2, 100, 50, out var limit) is { } refusal)
        {
            return refusal;
        }

        if (!call.TryId("before", out var before))
        {
            return RestAnswer.BadForm("before", "NUMBER_TYPE_COERCE");
        }

        var threads = channel.ThreadList
            .Where(thread => thread is { Archived: true, Deleted: false, BotIsMember: true, Type: SimChannelType.PrivateThread })
            .Where(thread => thread.Id < (before ?? ulong.MaxValue))
            .OrderByDescending(thread => thread.Id)
            .ToList();
        return ThreadPage(threads, limit);
    }

    /// <summary>By archive_timestamp, newest first; <c>before</c> is exclusive, to the microsecond.</summary>
    private RestAnswer ArchivedByTime(RestCall call, SimChannel channel, Func<SimThread, bool> filter)
    {
        if (call.Limit(2, 100, 50, out var limit) is { } refusal)
        {
            return refusal;
        }

        var before = DateTimeOffset.MaxValue;
        if (call.Query.TryGetValue("before", out var text)
            && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out before))
        {
            return RestAnswer.BadForm("before", "DATE_TIME_TYPE_PARSE");
        }

        var threads = channel.ThreadList
            .Where(thread => thread is { Archived: true, Deleted: false } && filter(thread))
            .Where(thread => Micros(thread.ArchiveTimestamp) < Micros(before))
            .OrderByDescending(thread => Micros(thread.ArchiveTimestamp))
            .ToList();
        return ThreadPage(threads, limit);
    }

    private RestAnswer ThreadPage(List<SimThread> threads, int limit)
    {
        var page = threads.Take(limit).ToList();
        var hasMore = _rest.HasMoreIsGuessed ? page.Count == limit : threads.Count > limit;
        foreach (var thread in page)
        {
            thread.EverVisible = true;
        }

        return Ok(w =>
        {
            w.WriteStartObject();
            _world.Wire.ThreadList(w, page);
            w.WriteBoolean("has_more"u8, hasMore);
            w.WriteEndObject();
        });
    }

    private static long Micros(DateTimeOffset at)
    {
        return at.UtcTicks / 10;
    }
}
