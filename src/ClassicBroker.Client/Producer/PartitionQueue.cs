using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Batches of one partition, oldest first; records join the last one. Threading: batches under <see cref="Gate"/>, everything else
/// belongs to the sender on the client's loop.
/// </summary>
internal sealed class PartitionQueue(TopicPartition partition)
{
    private readonly LinkedList<ProducerBatch> _batches = new();
    private volatile int _transaction;

    public TopicPartition Partition { get; } = partition;

    /// <summary>Guards the batches. Nothing foreign is called under it.</summary>
    public Lock Gate { get; } = new();

    /// <summary>True while the sender knows that there are batches. Under <see cref="Gate"/>.</summary>
    public bool IsActive { get; set; }

    /// <summary>Batches in the queue; a racy read is good enough to compare loads.</summary>
    public int Count => _batches.Count;

    /// <summary>The sequence of the partition, and what of it is under way. The sender's.</summary>
    public PartitionSequence Sequence { get; } = new();

    /// <summary>The number of the last transaction that records were admitted to. Any thread reads it.</summary>
    public int Transaction
    {
        get => _transaction;
        set => _transaction = value;
    }

    /// <summary>The number of the last transaction that the coordinator added the partition to. The sender's.</summary>
    public int AddedTo { get; set; }

    /// <summary>The batch records join; null where there is none. Under <see cref="Gate"/>.</summary>
    public ProducerBatch? Last => _batches.Last?.Value;

    /// <summary>The batch to send next. Under <see cref="Gate"/>.</summary>
    public ProducerBatch? First => _batches.First?.Value;

    /// <summary>Under <see cref="Gate"/>.</summary>
    public void Add(ProducerBatch batch) => _batches.AddLast(batch);

    /// <summary>Takes the first batch out and closes it. Under <see cref="Gate"/>.</summary>
    public ProducerBatch TakeFirst()
    {
        var batch = _batches.First!.Value;
        _batches.RemoveFirst();
        batch.Seal();
        return batch;
    }

    /// <summary>Puts a batch back that is to be sent again: before all that follow it in the sequence. Under <see cref="Gate"/>.</summary>
    public void PutBack(ProducerBatch batch)
    {
        var before = _batches.First;
        while (before is not null && batch.HasSequence && before.Value.HasSequence
            && PartitionSequence.IsEarlier(before.Value.BaseSequence, batch.BaseSequence))
        {
            before = before.Next;
        }

        if (before is null)
        {
            _batches.AddLast(batch);
        }
        else
        {
            _batches.AddBefore(before, batch);
        }
    }

    /// <summary>
    /// Takes all batches out, or only those that were never sent: the others keep their places. Under <see cref="Gate"/>.
    /// </summary>
    public List<ProducerBatch> TakeAll(bool onlyUnsent)
    {
        List<ProducerBatch> taken = [.. _batches.Where(batch => !onlyUnsent || !batch.HasSequence)];
        foreach (var batch in taken)
        {
            _batches.Remove(batch);
            batch.Seal();
        }

        return taken;
    }
}
