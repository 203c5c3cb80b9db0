using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Metricity.Tests.Deploy;

/// <summary>YAML files as trees, anchors and merge keys resolved; a key that is there twice is an error.</summary>
internal static class YamlNodes
{
    public static YamlNode Load(string relative) => LoadAll(relative).Single();

    public static IReadOnlyList<YamlNode> LoadAll(string relative)
    {
        using var reader = new StringReader(Repository.Read(relative));
        var parser = new MergingParser(new Parser(reader));
        var serializer = new SerializerBuilder().Build();
        var deserializer = new DeserializerBuilder().WithDuplicateKeyChecking().Build();
        var documents = new List<YamlNode>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(serializer.Serialize(deserializer.Deserialize(parser)!)));
            documents.Add(stream.Documents[0].RootNode);
        }

        return documents;
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
}
