namespace ClassicBroker.Client.Producer;

/// <summary>Where a record landed; the default says that a new batch is needed and memory must be taken for it first.</summary>
internal readonly record struct AppendResult(ProducerBatch? Batch, ushort Index, bool IsNewBatch, bool IsFull);
