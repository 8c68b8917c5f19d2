using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// The producer id and epoch of an idempotent producer, and the sequences that go with it (KIP-98, KIP-360): each partition takes its
/// batches once and in order. A partition whose sequence broke goes on in a new epoch; the others follow when nothing of theirs is under
/// way. A transactional producer has its id and epochs from its coordinator instead: a broken sequence waits until its transaction is
/// aborted. Threading: belongs to the client's loop.
/// </summary>
internal sealed class Idempotence(ClusterClient cluster, bool isTransactional, ILogger logger)
{
    private readonly BackgroundWork _acquisition = new("producer-id-acquisition", cluster.Loop);
    private ProducerIdentity _identity = ProducerIdentity.None;
    private bool _isAcquiring;

    public bool IsReady => !_identity.IsNone;

    /// <summary>The id and epoch. Set from outside where the transaction coordinator gives them.</summary>
    public ProducerIdentity Identity
    {
        get => _identity;
        set => _identity = value;
    }

    /// <summary>Asks for a producer id until one is given; a refusal that will not pass goes to <paramref name="fail"/>.</summary>
    public void Acquire(Action ready, Action<KafkaException> fail) => _acquisition.Run(() => AcquireAsync(ready, fail));

    private async Task AcquireAsync(Action ready, Action<KafkaException> fail)
    {
        if (_isAcquiring)
        {
            return;
        }

        _isAcquiring = true;
        try
        {
            _identity = await AskAsync();
            logger.LogDebug("ProducerId set to {Id} with epoch {Epoch}", _identity.ProducerId, _identity.Epoch);
        }
        catch (KafkaException failure)
        {
            fail(failure);
        }
        finally
        {
            _isAcquiring = false;
            ready();
        }
    }

    /// <summary>True while a batch must not be sent, because an earlier one, or the change of epoch, comes first.</summary>
    public bool MustWait(PartitionQueue queue, ProducerBatch batch)
    {
        var sequence = queue.Sequence;
        if (sequence.NeedsNewEpoch)
        {
            return isTransactional || HasUnanswered(sequence) || IsLastEpoch(sequence);
        }

        if (sequence.NeedsRestart)
        {
            return HasUnanswered(sequence);
        }

        return (sequence.IsFull && !batch.HasSequence) || sequence.WouldOvertake(batch);
    }

    /// <summary>Gives a batch that is about to leave its place in the sequence.</summary>
    public void Prepare(ProducerBatch batch)
    {
        var sequence = batch.Queue.Sequence;
        if (sequence.NeedsNewEpoch)
        {
            StartEpoch(batch.Queue);
            batch.ForgetSequence();
        }
        else if (sequence.NeedsRestart)
        {
            Restart(batch.Queue);
            batch.ForgetSequence();
        }
        else if (sequence.InFlight.Count == 0 && !IsCurrent(sequence))
        {
            sequence.Restart(_identity.ProducerId, _identity.Epoch);
            batch.ForgetSequence();
        }

        if (!batch.HasSequence)
        {
            sequence.Assign(batch);
        }

        sequence.Track(batch);
    }

    private bool IsCurrent(PartitionSequence sequence) =>
        sequence.ProducerId == _identity.ProducerId && sequence.ProducerEpoch == _identity.Epoch;

    /// <summary>True where no epoch follows; another producer id is asked for then.</summary>
    private bool IsLastEpoch(PartitionSequence sequence)
    {
        if (!IsCurrent(sequence) || _identity.Epoch < short.MaxValue)
        {
            return false;
        }

        _identity = ProducerIdentity.None;
        return true;
    }

    private static bool HasUnanswered(PartitionSequence sequence)
    {
        foreach (var batch in sequence.InFlight)
        {
            if (batch.IsInFlight)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Raises the epoch, and begins the sequence in it.</summary>
    private void StartEpoch(PartitionQueue queue)
    {
        if (IsCurrent(queue.Sequence))
        {
            _identity = _identity with { Epoch = (short)(_identity.Epoch + 1) };
        }

        Restart(queue);
        logger.LogInformation(
            "{Partition} goes on in epoch {Epoch} of producer {Id}", queue.Partition, _identity.Epoch, _identity.ProducerId);
    }

    /// <summary>Begins the sequence at 0, and takes their places back from all batches that wait to be sent again.</summary>
    private void Restart(PartitionQueue queue)
    {
        foreach (var waiting in queue.Sequence.InFlight.ToArray())
        {
            queue.Sequence.Remove(waiting);
            waiting.ForgetSequence();
        }

        queue.Sequence.Restart(_identity.ProducerId, _identity.Epoch);
    }

    private async Task<ProducerIdentity> AskAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var request = new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = int.MaxValue };
                var response = await cluster.SendToAnyAsync<InitProducerIdRequest, InitProducerIdResponse>(request);
                return response.ErrorCode == ErrorCode.None
                    ? new ProducerIdentity(response.ProducerId, response.ProducerEpoch)
                    : throw new KafkaException(response.ErrorCode, api: "InitProducerId");
            }
            catch (KafkaException failure) when (failure.IsRetriable)
            {
                logger.LogDebug("No producer id yet: {Cause}", failure.Message);
                await cluster.PauseAsync(attempt, long.MaxValue, () => failure);
            }
        }
    }
}
