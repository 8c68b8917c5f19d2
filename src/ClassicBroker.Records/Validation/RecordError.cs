namespace ClassicBroker.Records;

/// <summary>Why one record was refused (KIP-467): <c>record_errors</c> of a produce response.</summary>
/// <param name="BatchIndex">The record's place in the batch, from 0.</param>
/// <param name="Message">A sentence for the producer's log.</param>
public readonly record struct RecordError(int BatchIndex, string Message);
