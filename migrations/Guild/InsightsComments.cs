namespace Metricity.Migrations.Guild;

/// <summary>What Metabase and Grafana show beside the views and their columns. Part of the migrations that make them.</summary>
internal static class InsightsComments
{
    public const string ActivitySql =
        """

        comment on view channel_summary
            is 'One row for each channel: how much it is used, ever and in the last 30 days; threads count to their channel';
        comment on column channel_summary.channel_id is 'Id of the channel';
        comment on column channel_summary.channel is 'Name';
        comment on column channel_summary.category is 'Name of its category';
        comment on column channel_summary.type is 'Kind of channel, for example text, voice or forum';
        comment on column channel_summary.is_staff is 'True for channels of the staff, see the settings';
        comment on column channel_summary.is_deleted is 'True when the channel was deleted in Discord; what was written there still counts';
        comment on column channel_summary.messages is 'Messages that are still there';
        comment on column channel_summary.messages_30d is 'Those of the last 30 days';
        comment on column channel_summary.deleted_messages is 'Messages that were deleted since';
        comment on column channel_summary.in_threads is 'Of messages, those in threads';
        comment on column channel_summary.users is 'Different users who ever wrote';
        comment on column channel_summary.users_30d is 'Different users who wrote in the last 30 days';
        comment on column channel_summary.first_active is 'Start of the hour of the first message, UTC';
        comment on column channel_summary.last_active is 'Start of the hour of the last message, UTC';
        comment on column channel_summary.days_quiet is 'Whole days since the last message; empty = never used';
        comment on function channel_totals() is 'The rows of channel_summary';
        comment on view quiet_channels
            is 'Channels that hardly anybody uses: fewer than 10 messages in 30 days; without those of the staff and deleted '
            'ones';
        comment on column quiet_channels.covered_30d
            is 'Which share of the last 30 days was collected, 0 to 1: below 1 the channel may be less quiet than it looks';
        comment on column quiet_channels.days_quiet is 'Whole days since the last message; empty = never used';
        comment on function channel_activity(timestamp, timestamp)
            is 'Each channel in a period (UTC, from since, before until; empty = without limit)';
        comment on function periods(timestamp, timestamp, text, text)
            is 'The hours, days, weeks or months of a time zone that lie in a period; for the other functions';
        comment on function hours_by_period(timestamp, timestamp, text, text)
            is 'The hours (UTC) of each period of periods(), and how much of each was collected, 0 to 1';
        comment on function activity(timestamp, timestamp, text, text, text)
            is 'Messages and different users by hour, day, week or month of a time zone; of one channel or of all';
        comment on function week_pattern(timestamp, timestamp, text)
            is 'Messages and users in a mean hour of each weekday (1 = Monday), in a time zone; hours not collected are left '
            'out';
        comment on function hours_of_day(timestamp, timestamp, text)
            is 'Messages and users in a mean hour by hour of the day, in a time zone; hours not collected are left out';
        comment on view activity_by_hour is 'The whole server hour by hour (UTC); counts are empty where nothing was collected';
        comment on column activity_by_hour.hour is 'Start of the hour, UTC';
        comment on column activity_by_hour.messages is 'Messages that are still there';
        comment on column activity_by_hour.deleted_messages is 'Messages that were deleted since';
        comment on column activity_by_hour.active_users is 'Different users who wrote';
        comment on column activity_by_hour.covered is 'Which share of the hour was collected, 0 to 1; empty = before collecting began';
        comment on view activity_by_day is 'The whole server day by day (UTC); counts are empty where nothing was collected';
        comment on column activity_by_day.day is 'UTC';
        comment on column activity_by_day.messages is 'Messages that are still there';
        comment on column activity_by_day.deleted_messages is 'Messages that were deleted since';
        comment on column activity_by_day.active_users is 'Different users who wrote';
        comment on column activity_by_day.joins is 'Joins, those of former members included';
        comment on column activity_by_day.leaves is 'Leaves';
        comment on column activity_by_day.covered is 'Which share of the day was collected, 0 to 1; empty = before collecting began';
        comment on view hours_of_day is 'When people are active: a mean hour by hour of the day (UTC); hours not collected are left out';
        comment on column hours_of_day.hour_of_day is '0 to 23, UTC';
        comment on column hours_of_day.messages is 'Messages in a mean hour';
        comment on column hours_of_day.active_users is 'Different users in a mean hour';
        comment on column hours_of_day.messages_30d is 'The same, last 30 days';
        comment on column hours_of_day.active_users_30d is 'The same, last 30 days';
        """;

    public const string ThreadsSql =
        """

        comment on view thread_summary is 'One row for each thread or forum post: who opened it, who answered and when, how it ended';
        comment on column thread_summary.thread_id is 'Id of the thread';
        comment on column thread_summary.thread is 'Title';
        comment on column thread_summary.channel_id is 'Id of the channel that it is in';
        comment on column thread_summary.channel is 'Name of the channel that it is in';
        comment on column thread_summary.channel_type is 'Kind of that channel';
        comment on column thread_summary.is_staff is 'True when that channel is of the staff';
        comment on column thread_summary.is_help is 'True for posts in a forum';
        comment on column thread_summary.type is 'public_thread, private_thread or news_thread';
        comment on column thread_summary.opened_by_id is 'Id of who opened it; empty = not known';
        comment on column thread_summary.opened_by is 'Name of who opened it';
        comment on column thread_summary.created_at is 'UTC';
        comment on column thread_summary.messages is 'Messages that are still there';
        comment on column thread_summary.replies is 'Of messages, those by others than who opened it; empty = not known who did';
        comment on column thread_summary.first_reply_at is 'First message by another, UTC; empty = nobody answered';
        comment on column thread_summary.minutes_to_first_reply is 'From opening to the first reply';
        comment on column thread_summary.last_message_at is 'UTC';
        comment on column thread_summary.status is 'open, resolved (archived) or deleted';
        comment on column thread_summary.resolved_at
            is 'When it was archived, UTC; when Discord did it because nobody wrote, the time of the last message';
        comment on column thread_summary.minutes_to_resolution is 'From opening to resolved_at';
        comment on column thread_summary.is_locked is 'True when only moderators can reopen it';
        comment on column thread_summary.tags is 'Ids of the forum tags on the post';
        comment on function threads(timestamp, timestamp, text) is 'The threads opened in a period, of one channel or of all, newest first';
        comment on view threads_by_month
            is 'Threads opened in each month (UTC) and channel: how many were answered by others, how long answers and '
            'resolution took';
        comment on column threads_by_month.month is 'First day of the month';
        comment on column threads_by_month.opened is 'Threads opened';
        comment on column threads_by_month.answered is 'Of these, with a message by another than who opened it';
        comment on column threads_by_month.answered_share is 'answered / opened, 0 to 1';
        comment on column threads_by_month.resolved is 'Of these, archived by now';
        comment on column threads_by_month.avg_minutes_to_first_reply is 'Mean';
        comment on column threads_by_month.median_minutes_to_first_reply is 'Half of them took less';
        comment on column threads_by_month.avg_minutes_to_resolution is 'Mean';
        comment on column threads_by_month.median_minutes_to_resolution is 'Half of them took less';
        comment on function threads_by_period(timestamp, timestamp, text, text, text, boolean)
            is 'Threads opened by hour, day, week or month of a time zone; of one channel or all; only_help = in forums alone';
        """;

    public const string PeopleSql =
        """

        comment on view member_summary
            is 'One row for each user who is or was a member, or wrote; for one at a time; for lists see the function '
            'member_activity';
        comment on column member_summary.member_id is 'Id of the user';
        comment on column member_summary.member is 'User name';
        comment on column member_summary.is_bot is 'True for bots';
        comment on column member_summary.is_staff is 'True when the user has the staff role';
        comment on column member_summary.in_guild is 'True while a member';
        comment on column member_summary.account_created_at is 'When the account was made, UTC';
        comment on column member_summary.joined_at is 'Last joining, UTC';
        comment on column member_summary.left_at is 'Last leaving, UTC; empty while a member, or when not known';
        comment on column member_summary.messages is 'Messages that are still there';
        comment on column member_summary.messages_30d is 'Those of the last 30 days';
        comment on column member_summary.deleted_messages is 'Messages that were deleted since';
        comment on column member_summary.channels is 'Channels the user wrote in';
        comment on column member_summary.first_active is 'Start of the hour of the first message, UTC';
        comment on column member_summary.last_active is 'Start of the hour of the last message, UTC';
        comment on function member_activity(timestamp, timestamp) is 'Who wrote in a period (UTC), most messages first';
        comment on function user_channels(text, timestamp)
            is 'The channels that a user (by id) writes in, since a time or ever, most used first; share = part of all the '
            'messages of that user';
        comment on function user_activity(text, timestamp, timestamp, text, text)
            is 'Messages of a user (by id) by hour, day, week or month of a time zone';
        comment on function joins_and_leaves(timestamp, timestamp, text, text)
            is 'Joins and leaves by hour, day, week or month of a time zone; members = at the end of the time';
        comment on view joins_and_leaves_by_day is 'Joins and leaves day by day (UTC); counts are empty where nothing was collected';
        comment on column joins_and_leaves_by_day.day is 'UTC';
        comment on column joins_and_leaves_by_day.joins is 'First joins';
        comment on column joins_and_leaves_by_day.rejoins is 'Joins of former members';
        comment on column joins_and_leaves_by_day.leaves is 'Leaves';
        comment on column joins_and_leaves_by_day.net is 'joins + rejoins - leaves';
        comment on column joins_and_leaves_by_day.inferred is 'How many of these were found by comparing member lists, and not seen';
        comment on column joins_and_leaves_by_day.covered
            is 'Which share of the day was collected, 0 to 1; empty = before collecting began';
        comment on view retention_by_month
            is 'Who joined for the first time in a month (UTC), and how many of them stayed and wrote; without bots; empty = '
            'too early to tell';
        comment on column retention_by_month.month is 'First day of the month';
        comment on column retention_by_month.newcomers is 'Users who first joined in the month';
        comment on column retention_by_month.still_here is 'Of these, members now';
        comment on column retention_by_month.stayed_1_day is 'Of these, not gone within a day';
        comment on column retention_by_month.stayed_7_days is 'Of these, not gone within 7 days';
        comment on column retention_by_month.stayed_30_days is 'Of these, not gone within 30 days';
        comment on column retention_by_month.stayed_90_days is 'Of these, not gone within 90 days';
        comment on column retention_by_month.wrote_within_7_days is 'Of these, with a first message within 7 days of joining';
        comment on column retention_by_month.wrote_after_30_days is 'Of these, with a message 30 days or more after joining';
        comment on function newcomers(integer)
            is 'Members who joined in the last days, the oddest first. score 0 to 100 is a sum: account younger than a day 25, '
            'than a week 15; 5 or more channels in the first hour 25; 20 or more messages in it 20; of 4 or more messages '
            'half deleted 25; wrote within a minute of joining 5';
        comment on view recent_newcomers is 'Who joined in the last 30 days, the oddest first; see the function newcomers';
        comment on column recent_newcomers.account_age_days is 'Age of the account when joining';
        comment on column recent_newcomers.messages is 'Messages since joining that are still there';
        comment on column recent_newcomers.deleted_messages is 'Messages since joining that were deleted';
        comment on column recent_newcomers.channels is 'Channels written in since joining';
        comment on column recent_newcomers.messages_first_hour is 'Messages in the hour after joining';
        comment on column recent_newcomers.minutes_to_first_message is 'From joining to the first message; empty = none';
        comment on column recent_newcomers.score is '0 = nothing odd, to 100';
        comment on column recent_newcomers.reasons is 'What the score is made of';
        """;
}
