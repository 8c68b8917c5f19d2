using System.Text.RegularExpressions;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// Which topics a member reads that names none, as <c>kafka.consumer.TopicFilter</c>: a regular expression that must fit the whole name,
/// in which commas stand for alternatives, and blanks and quotes around it count for nothing. Immutable.
/// </summary>
public sealed class TopicFilter
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly Regex _wholeName;

    private TopicFilter(string expression, bool isWhitelist)
    {
        Expression = expression.Trim().Replace(',', '|').Replace(" ", "", StringComparison.Ordinal).Trim('"', '\'');
        IsWhitelist = isWhitelist;
        try
        {
            _wholeName = new Regex($@"\A(?:{Expression})\z", RegexOptions.CultureInvariant, MatchTimeout);
        }
        catch (ArgumentException malformed)
        {
            throw new ArgumentException($"{Expression} is an invalid regex.", nameof(expression), malformed);
        }
    }

    /// <summary>The expression as groups know it.</summary>
    public string Expression { get; }

    /// <summary>True where topics that fit are read, false where those that do not are.</summary>
    public bool IsWhitelist { get; }

    internal string Pattern => IsWhitelist ? ConsumerRegistration.Whitelist : ConsumerRegistration.Blacklist;

    /// <summary>Reads the topics whose names fit.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static TopicFilter Whitelist(string expression) => new(expression, isWhitelist: true);

    /// <summary>Reads the topics whose names do not fit.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static TopicFilter Blacklist(string expression) => new(expression, isWhitelist: false);

    /// <summary>True for a topic that is to be read.</summary>
    public bool Allows(string topic, bool excludesInternalTopics) =>
        _wholeName.IsMatch(topic) == IsWhitelist && !(excludesInternalTopics && TopicName.IsInternal(topic));
}
