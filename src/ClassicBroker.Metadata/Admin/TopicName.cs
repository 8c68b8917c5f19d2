namespace ClassicBroker.Metadata.Admin;

/// <summary>What may name a topic, and which names are too alike: metrics once replaced dots by underscores.</summary>
public static class TopicName
{
    public const int LengthMax = 249;

    public const string ConsumerOffsets = "__consumer_offsets";

    public const string TransactionState = "__transaction_state";

    /// <summary>Kafka keeps the name for its mode without ZooKeeper.</summary>
    public const string ClusterMetadata = "__cluster_metadata";

    /// <summary>Topics that only brokers write.</summary>
    public static bool IsInternal(string topic) => topic is ConsumerOffsets or TransactionState;

    /// <summary>Why the name is none, in Kafka's words; null for a good one.</summary>
    public static string? Fault(string name) =>
        name.Length == 0 ? "Topic name is invalid: the empty string is not allowed"
        : name is "." or ".." ? $"Topic name is invalid: '{name}' is not allowed"
        : name.Length > LengthMax
            ? $"Topic name is invalid: the length of '{name}' is longer than the max allowed length {LengthMax}"
        : !name.All(IsLegal)
            ? $"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        : null;

    /// <summary>True where the name has characters that can make it collide with another.</summary>
    public static bool HasCollisionChars(string name) => name.AsSpan().ContainsAny('.', '_');

    /// <summary>True where the names differ in nothing but dots and underscores.</summary>
    public static bool Collides(string one, string other) => one.Replace('.', '_') == other.Replace('.', '_');

    private static bool IsLegal(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-';
}
