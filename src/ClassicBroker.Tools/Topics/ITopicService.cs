using System.Text.RegularExpressions;

namespace ClassicBroker.Tools.Topics;

/// <summary>What <c>kafka-topics.sh</c> does, by brokers or by ZooKeeper. Failures are thrown with the message to print.</summary>
internal interface ITopicService : IAsyncDisposable
{
    Task ListAsync(Regex? filter, bool excludeInternal);

    Task CreateAsync(TopicRequest request);

    Task AlterAsync(Regex filter, TopicRequest request);

    Task DescribeAsync(Regex? filter, DescribeFilter report, TopicRequest request);

    Task DeleteAsync(Regex filter, TopicRequest request);
}
