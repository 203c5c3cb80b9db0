using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Metricity.Events;

namespace Metricity.Tests.Events;

/// <summary>The promise that content is never a value, held against every event.</summary>
public sealed class ContentCanaryTests
{
    private const string Canary = "canary 4f1d";

    /// <summary>What people write into Discord's objects, added to each object of each payload, plus what is not invented yet.</summary>
    private const string ContentFields =
        """
        {"content":"$","embeds":[{"title":"$","description":"$","url":"$","author":{"name":"$"},"footer":{"text":"$"},
        "fields":[{"name":"$","value":"$"}]}],"attachments":[{"id":"1","filename":"$","title":"$","description":"$","url":"$"}],
        "components":[{"type":1,"components":[{"type":2,"label":"$","custom_id":"$"}]}],
        "poll":{"question":{"text":"$"},"answers":[{"poll_media":{"text":"$"}}]},
        "mentions":[{"id":"1100000000000000001","username":"$","global_name":"$","member":{"nick":"$","roles":[]}}],
        "referenced_message":{"id":"1","content":"$","author":{"id":"1","username":"$"}},
        "message_snapshots":[{"message":{"content":"$","embeds":[{"title":"$"}]}}],"sticker_items":[{"id":"1","name":"$"}],
        "interaction_metadata":{"name":"$"},"thread":{"id":"1","type":11,"name":"$"},"reactions":[{"emoji":{"id":null,"name":"$"}}],
        "topic":"$","nick":"$","global_name":"$","bio":"$","email":"$","banner":"$","activities":[{"name":"$","state":"$"}],
        "available_tags":[{"id":"1","name":"$"}],"primary_guild":{"tag":"$"},"matched_content":"$",
        "not_invented_yet":{"text":["$",{"$":"$"}]}}
        """;

    private static readonly string[] KeptStrings = ["Name", "AvatarHash", "GuildAvatarHash", "Nonce"];

    public static TheoryData<string> EventNames => [.. Examples.ByEvent.Keys];

    [Theory]
    [MemberData(nameof(EventNames))]
    public void Content_in_every_object_of_a_payload_reaches_no_record_and_no_cache(string type)
    {
        var payload = WithCanaries(Examples.ByEvent[type]);
        Assert.Contains(Canary, payload, StringComparison.Ordinal);
        var decoder = Examples.NewDecoder();

        var decoded = decoder.Decode(type, Encoding.UTF8.GetBytes(payload));

        Assert.NotNull(decoded);
        Assert.Equal(0, decoder.SkippedElements);
        Assert.DoesNotContain(StringsIn(decoded), text => text.Contains("canary", StringComparison.Ordinal));
        Assert.DoesNotContain(StringsIn(decoder), text => text.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public void Search_for_strings_finds_names_in_records_and_caches()
    {
        var decoder = Examples.NewDecoder();

        var decoded = decoder.Decode("GUILD_CREATE", Encoding.UTF8.GetBytes(Examples.GuildJson));

        Assert.Contains("a thread", StringsIn(decoded!));
        Assert.Contains("ann", StringsIn(decoder));
    }

    [Theory]
    [MemberData(nameof(EventNames))]
    public void Error_about_a_wrong_value_does_not_quote_it(string type)
    {
        var errors = 0;
        foreach (var payload in EachValueReplaced(Examples.ByEvent[type]))
        {
            try
            {
                Examples.Decode(type, payload);
            }
            catch (MalformedPayloadException malformed)
            {
                errors++;
                Assert.DoesNotContain("canary", malformed.ToString(), StringComparison.Ordinal);
                Assert.StartsWith(type + ".", malformed.Field, StringComparison.Ordinal);
            }
        }

        Assert.True(errors > 0 || type is "RESUMED");
    }

    [Fact]
    public void Records_have_no_place_for_text_but_names_hashes_and_nonces()
    {
        var records = typeof(DiscordEvent).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(DiscordEvent).Namespace && type.GetMethod("<Clone>$") is not null
                || (type.IsValueType && type.Name.EndsWith("Fields", StringComparison.Ordinal)))
            .ToList();
        var properties = records
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
            .Where(property => property.Name != "EqualityContract")
            .ToList();

        Assert.Contains(typeof(MessageFacts), records);
        Assert.Contains(typeof(MessageCreated), records);
        Assert.All(properties, property => Assert.True(MayHold(property), $"{property.DeclaringType}.{property.Name}"));
    }

    private static bool MayHold(PropertyInfo property)
    {
        var type = property.PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetInterfaces().Append(type).Any(each => each == typeof(IEnumerable)))
        {
            type = type.GetGenericArguments().Single();
        }

        return type == typeof(string)
            ? KeptStrings.Contains(property.Name)
            : type.Namespace == typeof(DiscordEvent).Namespace
                || type == typeof(Secret) // the token of an interaction
                || type == typeof(bool) || type == typeof(int) || type == typeof(long)
                || type == typeof(DateTime) || type == typeof(TimeSpan);
    }

    private static string WithCanaries(string json)
    {
        var root = JsonNode.Parse(json)!;
        foreach (var node in Nodes(root).ToList())
        {
            if (node is JsonValue value && value.GetValueKind() is System.Text.Json.JsonValueKind.String && !IsKept(value))
            {
                value.ReplaceWith(Canary);
            }
        }

        foreach (var node in Nodes(root).OfType<JsonObject>().ToList())
        {
            foreach (var (key, value) in JsonNode.Parse(ContentFields.Replace("$", Canary, StringComparison.Ordinal))!.AsObject())
            {
                node.TryAdd(key, value!.DeepClone());
            }
        }

        return root.ToJsonString();
    }

    /// <summary>Whether a reader asks for the value: changed, it would make the payload malformed, or be a rightly kept name.</summary>
    private static bool IsKept(JsonValue value)
    {
        var owner = value.Parent is JsonArray array ? array : (JsonNode)value;
        var key = owner.GetPropertyName();

        return key is "id" or "ids" or "roles" or "applied_tags" or "joined_at" or "username" or "avatar" or "channel_ids"
            || key.EndsWith("_id", StringComparison.Ordinal)
            || key.EndsWith("_timestamp", StringComparison.Ordinal)
            || (key is "name" && owner.Parent!.AsObject().ContainsKey("type"))
            || (key is "nonce" && !owner.Parent!.AsObject().ContainsKey("author"));
    }

    private static IEnumerable<string> EachValueReplaced(string json)
    {
        var count = Nodes(JsonNode.Parse(json)!).Count();
        for (var i = 0; i < count; i++)
        {
            var root = new JsonArray(JsonNode.Parse(json));
            Nodes(root[0]!).ElementAt(i).ReplaceWith(new JsonArray(Canary));

            yield return root[0]!.ToJsonString();

            root = new JsonArray(JsonNode.Parse(json));
            Nodes(root[0]!).ElementAt(i).ReplaceWith(Canary);

            yield return root[0]!.ToJsonString();
        }
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode node)
    {
        yield return node;
        var children = node switch
        {
            JsonObject properties => properties.Select(property => property.Value),
            JsonArray elements => elements,
            _ => [],
        };
        foreach (var child in children.OfType<JsonNode>().SelectMany(Nodes))
        {
            yield return child;
        }
    }

    /// <summary>All strings that can be reached over collections and the fields of our own types.</summary>
    private static List<string> StringsIn(object root)
    {
        var found = new List<string>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var item))
        {
            if (item is string text)
            {
                found.Add(text);
            }
            else if (!item.GetType().IsPrimitive && seen.Add(item))
            {
                IEnumerable<object?> inside = item switch
                {
                    IEnumerable elements => elements.Cast<object?>(),
                    _ when item.GetType().Namespace!.StartsWith("Metricity", StringComparison.Ordinal) => FieldsOf(item),
                    _ => [],
                };
                foreach (var each in inside.OfType<object>())
                {
                    open.Push(each);
                }
            }
        }

        return found;
    }

    private static IEnumerable<object?> FieldsOf(object item) =>
        item.GetType()
            .GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Select(field => field.GetValue(item));
}
