using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Partitions;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Control;

/// <summary>
/// Commits ISR changes by AlterPartition (KIP-497): those that come while a request is under way travel together in the next. Threading:
/// any thread submits; requests are sent and answered on the scheduler loop.
/// </summary>
public sealed partial class ControllerIsrChanges(
    ControllerGateway controller,
    BrokerIdentity identity,
    MetadataVersion interBrokerProtocol,
    IEventLoop scheduler,
    ILogger<ControllerIsrChanges> logger) : IIsrChanges
{
    private const short LastVersionWithoutTopicIds = 1;
    private const short LastVersionWithoutBrokerEpochs = 2;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly List<(IsrChange Change, Action<IsrChangeOutcome> Completed)> _waiting = [];
    private readonly BackgroundWork _sender = new("alter-partition", scheduler);
    private bool _isUnderWay;

    public void Submit(IsrChange change, Action<IsrChangeOutcome> completed) =>
        scheduler.Execute(() =>
        {
            _waiting.Add((change, completed));
            SendNext();
        });

    private void SendNext() => _sender.Run(SendNextAsync);

    private async Task SendNextAsync()
    {
        if (_isUnderWay || _waiting.Count == 0)
        {
            return;
        }

        _isUnderWay = true;
        var batch = _waiting.ToArray();
        _waiting.Clear();
        var response = await TryAskAsync(batch);
        if (response is null)
        {
            _waiting.InsertRange(0, batch);
            Pause();
            return;
        }

        var isRefused = false;
        foreach (var (change, completed) in batch)
        {
            var outcome = OutcomeOf(change, response);
            isRefused |= outcome.Error != ErrorCode.None;
            completed(outcome);
        }

        if (isRefused)
        {
            // The partition may ask again at once, and a controller in this process refuse at once, for as long as neither learns better.
            Pause();
            return;
        }

        _isUnderWay = false;
        SendNext();
    }

    private void Pause() =>
        scheduler.Schedule(
            () =>
            {
                _isUnderWay = false;
                SendNext();
            },
            RetryPause);

    /// <summary>Null where the whole request has to be sent again.</summary>
    private async Task<AlterPartitionResponse?> TryAskAsync((IsrChange Change, Action<IsrChangeOutcome> Completed)[] batch)
    {
        var version = interBrokerProtocol.AlterPartitionVersion();
        if (batch.Any(entry => entry.Change.Partition.TopicId.IsZero))
        {
            version = Math.Min(version, LastVersionWithoutTopicIds);
        }

        try
        {
            var response = await controller.AlterPartitionAsync(Request(batch, version), version);
            if (response.ErrorCode == ErrorCode.None)
            {
                return response;
            }

            LogRefused(response.ErrorCode);
        }
        catch (BrokerUnreachableException unreachable)
        {
            LogUnreachable(unreachable.Message);
        }

        return null;
    }

    private AlterPartitionRequest Request((IsrChange Change, Action<IsrChangeOutcome> Completed)[] batch, short version) =>
        new()
        {
            BrokerId = identity.BrokerId.Value,
            BrokerEpoch = controller.BrokerEpoch,
            Topics =
            [
                .. batch.GroupBy(entry => (entry.Change.Partition.TopicPartition.Topic, entry.Change.Partition.TopicId)).Select(
                    topic => new AlterPartitionRequest.TopicData
                    {
                        TopicName = version <= LastVersionWithoutTopicIds ? topic.Key.Topic : "",
                        TopicId = version <= LastVersionWithoutTopicIds ? Uuid.Zero : topic.Key.TopicId,
                        Partitions = [.. topic.Select(entry => Partition(entry.Change, version))],
                    }),
            ],
        };

    private static AlterPartitionRequest.PartitionData Partition(IsrChange change, short version) =>
        new()
        {
            PartitionIndex = change.Partition.TopicPartition.Partition,
            LeaderEpoch = change.State.LeaderEpoch,
            NewIsr = version <= LastVersionWithoutBrokerEpochs ? [.. change.State.Isr] : [],
            NewIsrWithEpochs = version <= LastVersionWithoutBrokerEpochs
                ? []
                : [.. change.State.Isr.Zip(change.IsrBrokerEpochs).Select(member => new AlterPartitionRequest.BrokerState
                {
                    BrokerId = member.First,
                    BrokerEpoch = member.Second,
                })],
            LeaderRecoveryState = (sbyte)change.State.RecoveryState,
            PartitionEpoch = change.State.PartitionEpoch,
        };

    private static IsrChangeOutcome OutcomeOf(IsrChange change, AlterPartitionResponse response)
    {
        var id = change.Partition;
        var answer = response.Topics
            .Where(topic => topic.TopicName == id.TopicPartition.Topic || (!id.TopicId.IsZero && topic.TopicId == id.TopicId))
            .SelectMany(topic => topic.Partitions)
            .FirstOrDefault(partition => partition.PartitionIndex == id.TopicPartition.Partition);
        if (answer is null)
        {
            return new(ErrorCode.UnknownServerError, null);
        }

        return answer.ErrorCode != ErrorCode.None
            ? new(answer.ErrorCode, null)
            : new(
                ErrorCode.None,
                new LeaderAndIsr
                {
                    Leader = answer.LeaderId,
                    LeaderEpoch = answer.LeaderEpoch,
                    Isr = answer.Isr,
                    RecoveryState = (LeaderRecoveryState)answer.LeaderRecoveryState,
                    PartitionEpoch = answer.PartitionEpoch,
                });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The controller refused an AlterPartition with {Error}; sending it again")]
    private partial void LogRefused(ErrorCode error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "AlterPartition did not reach the controller; sending it again: {Reason}")]
    private partial void LogUnreachable(string reason);
}
