namespace ClassicBroker.Platform;

/// <summary>Bytes of a volume in all, and those an ordinary user may still fill.</summary>
public readonly record struct VolumeSpace(long TotalBytes, long UsableBytes);
