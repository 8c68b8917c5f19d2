using ClassicBroker.Platform;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Followers;

namespace ClassicBroker.Replication.Tests.Followers;

/// <summary>Answers a fetch when the test says so, without sessions.</summary>
internal sealed class ScriptedLeader(IEventLoop loop) : ILeaderEndpoint
{
    private Action<FetchResponse>? _received;
    private TaskCompletionSource? _answered;

    public FetchRequest Waiting { get; private set; } = new();

    public Task FetchAsync(FetchRequest request, short version, Action<FetchResponse> received)
    {
        (Waiting, _received, _answered) = (request, received, new TaskCompletionSource());
        return _answered.Task;
    }

    /// <summary>Answers what was asked, with what <paramref name="answerOf"/> gives for the number of each partition.</summary>
    public void Answer(Func<int, FetchResponse.PartitionData> answerOf) => loop.Execute(() =>
    {
        var answered = _answered!;
        _received!(new FetchResponse
        {
            Responses =
            [
                .. Waiting.Topics.Select(topic => new FetchResponse.FetchableTopicResponse
                {
                    Topic = topic.Topic,
                    TopicId = topic.TopicId,
                    Partitions = [.. topic.Partitions.Select(asked => Numbered(asked.Partition, answerOf(asked.Partition)))],
                }),
            ],
        });
        answered.SetResult();
    });

    public Task<OffsetForLeaderEpochResponse> EpochEndsAsync(OffsetForLeaderEpochRequest request, short version) =>
        throw new InvalidOperationException("Fetches tell where logs part.");

    public Task<ListOffsetsResponse> OffsetsAsync(ListOffsetsRequest request, short version) =>
        throw new InvalidOperationException("No offset is out of range.");

    public void Dispose()
    {
    }

    private static FetchResponse.PartitionData Numbered(int number, FetchResponse.PartitionData answer)
    {
        answer.PartitionIndex = number;
        return answer;
    }
}
