namespace ClassicBroker.Protocol.Generator;

/// <summary>Where in a request a field of its error answer comes from: the word after <c>from</c>, and the versions it holds for.</summary>
internal sealed class ErrorSource(string path, VersionRange versions)
{
    /// <summary>Stands for the element itself, where the request lists names or numbers and not structures.</summary>
    public const string Item = "item";

    /// <summary>A field beside those that the answer is made from, or fields joined by dots that lead down to it.</summary>
    public string Path { get; } = path;

    public VersionRange Versions { get; set; } = versions;
}
