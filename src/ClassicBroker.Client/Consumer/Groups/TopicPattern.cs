using System.Text.RegularExpressions;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>Which topics a consumer reads that named none: those whose whole name a pattern fits, as in Java. Immutable.</summary>
internal sealed class TopicPattern(Regex pattern, bool excludesInternal)
{
    private readonly Regex _wholeName = new($@"\A(?:{pattern})\z", pattern.Options, pattern.MatchTimeout);

    /// <summary>The topics of a cluster that can be read, sorted.</summary>
    public string[] TopicsIn(ClusterMetadata cluster) =>
    [
        .. cluster.Topics.Values
            .Where(topic => topic.Error == ErrorCode.None && !(topic.IsInternal && excludesInternal) && _wholeName.IsMatch(topic.Name))
            .Select(topic => topic.Name)
            .Order(StringComparer.Ordinal),
    ];
}
