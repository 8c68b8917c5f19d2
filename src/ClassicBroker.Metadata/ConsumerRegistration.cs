namespace ClassicBroker.Metadata;

/// <summary>
/// What a member of a group of 0.8 wants, as its znode tells: how many streams for each topic, or for all topics that a filter lets
/// through.
/// </summary>
/// <param name="Pattern"><c>static</c>, <c>white_list</c> or <c>black_list</c>.</param>
/// <param name="Subscription">The streams by topic; with a filter, by its one regular expression.</param>
/// <param name="TimestampMs">When the member registered.</param>
public sealed record ConsumerRegistration(string Pattern, IReadOnlyDictionary<string, int> Subscription, long TimestampMs)
{
    /// <summary>Topics by name.</summary>
    public const string Static = "static";

    /// <summary>Every topic whose name a regular expression fits.</summary>
    public const string Whitelist = "white_list";

    /// <summary>Every topic whose name a regular expression does not fit.</summary>
    public const string Blacklist = "black_list";
}
