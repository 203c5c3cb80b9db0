using Metricity.Testing;
using YamlDotNet.RepresentationModel;

namespace Metricity.Tests.Deploy;

/// <summary>YAML files as trees, anchors and merge keys resolved; a key that is there twice is an error.</summary>
internal static class YamlNodes
{
    private const string MergeKey = "<<";

    public static YamlNode Load(string relative) => LoadAll(relative).Single();

    public static IReadOnlyList<YamlNode> LoadAll(string relative)
    {
        using var reader = new StringReader(Repository.Read(relative));
        var stream = new YamlStream();
        stream.Load(reader);

        return [.. stream.Documents.Select(document => Merged(document.RootNode))];
    }

    /// <summary>The node at a path such as <c>services/collector/image</c>; null when there is none.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        YamlNode? current = node;
        foreach (var part in path.Split('/'))
        {
            current = (current as YamlMappingNode)?.Children.FirstOrDefault(child => child.Key.ToString() == part).Value;
        }

        return current;
    }

    /// <exception cref="InvalidOperationException">There is no such text.</exception>
    public static string Text(this YamlNode node, string path) =>
        (node.At(path) as YamlScalarNode)?.Value ?? throw new InvalidOperationException($"there is no {path}");

    public static IEnumerable<(string Key, YamlNode Value)> Entries(this YamlNode? node) =>
        node is YamlMappingNode mapping ? mapping.Children.Select(child => (child.Key.ToString(), child.Value)) : [];

    public static IEnumerable<YamlNode> Items(this YamlNode? node) => node is YamlSequenceNode sequence ? sequence.Children : [];

    public static IEnumerable<string> Texts(this YamlNode? node) => node.Items().Select(item => item.ToString());

    /// <summary>What a mapping says itself wins over what it merges.</summary>
    private static YamlNode Merged(YamlNode node)
    {
        if (node is YamlSequenceNode sequence)
        {
            return new YamlSequenceNode(sequence.Children.Select(Merged));
        }

        if (node is not YamlMappingNode mapping)
        {
            return node;
        }

        var own = mapping.Children.Where(child => child.Key.ToString() != MergeKey).ToList();
        var merged = mapping.Children.Where(child => child.Key.ToString() == MergeKey)
            .SelectMany(child => ((YamlMappingNode)Merged(child.Value)).Children)
            .Where(child => own.TrueForAll(other => other.Key.ToString() != child.Key.ToString()));

        return new YamlMappingNode(own.Select(child => KeyValuePair.Create(child.Key, Merged(child.Value))).Concat(merged));
    }
}
