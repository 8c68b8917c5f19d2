using ClassicBroker.Platform;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>What one segment has for a reader.</summary>
/// <param name="Start">Where the batch that holds the fetch offset begins.</param>
/// <param name="FirstBatch">That batch.</param>
/// <param name="Length">Bytes the reader may have from there on; 0 where its limit allows none.</param>
/// <param name="Region">Those bytes.</param>
internal readonly record struct SegmentRead(LogOffset Start, BatchHeader FirstBatch, int Length, FileRegion? Region);
