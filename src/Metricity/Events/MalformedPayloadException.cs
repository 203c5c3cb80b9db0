namespace Metricity.Events;

/// <summary>
/// A payload that is no JSON, or lacks what its event must have. The message names the field that failed, never its value.
/// </summary>
internal sealed class MalformedPayloadException(string field) : Exception($"field '{field}' is missing or of the wrong type")
{
    public string Field { get; } = field;
}
