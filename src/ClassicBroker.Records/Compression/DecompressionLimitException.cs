using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>A compressed batch holds more bytes than its reader allows: MESSAGE_TOO_LARGE, upon which producers split the batch.</summary>
public sealed class DecompressionLimitException(long limit)
    : RecordsException(ErrorCode.MessageTooLarge, $"The batch decompresses to more than the {limit} bytes allowed.");
