namespace ClassicBroker.Records;

/// <summary>What a control record says (KIP-98). Types a reader does not know are <see cref="Unknown"/> and ignored.</summary>
public enum ControlRecordType : short
{
    Unknown = -1,
    Abort = 0,
    Commit = 1,
}
