namespace ClassicBroker.Tools.Doctor;

/// <summary>All findings of a run, in the order of the checks. Threading: as the tool that makes it.</summary>
internal sealed class Diagnosis
{
    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    public Severity Worst => _findings.Select(finding => finding.Severity).DefaultIfEmpty(Severity.Good).Max();

    public void Add(IEnumerable<Finding> findings) => _findings.AddRange(findings);

    public void Add(Finding finding) => _findings.Add(finding);
}
