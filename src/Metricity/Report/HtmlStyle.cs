namespace Metricity.Report;

/// <summary>The page's own style sheet: one accent colour, the system's font, light and dark as the reader's system is, plain on paper.</summary>
internal static class HtmlStyle
{
    /// <summary>
    /// Text keeps a contrast of 4.5 or more on what is behind it. Below 640 px a table's rows are folded to blocks, so nothing scrolls
    /// sideways.
    /// </summary>
    public const string Css =
        """
        :root{color-scheme:light dark;
        --page:#f4f5f7;--card:#fff;--text:#1c2126;--dim:#58626d;--rule:#dfe3e8;--accent:#2f6db0;--deep:#174a80;--down:#8d97a3;--hatch:#9aa3ae}
        @media (prefers-color-scheme:dark){:root{
        --page:#15181c;--card:#1d2126;--text:#e5e8eb;--dim:#a3acb6;--rule:#333a42;--accent:#5f9bdb;--deep:#34659c;--down:#77828e;--hatch:#6d7782}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
        .defs{position:absolute;width:0;height:0}
        main,header,footer{max-width:1000px;margin:0 auto;padding:0 16px}
        header{padding-top:24px}
        h1{font-size:24px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
        h2{font-size:18px;margin:0}
        p{margin:4px 0 12px}
        .dim,.unit,.key,nav,footer,figcaption .unit{color:var(--dim)}
        nav{display:flex;flex-wrap:wrap;gap:2px 16px;margin:8px 0 16px;font-size:14px}
        a{color:var(--accent)}
        section{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:16px;margin:0 0 16px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));gap:12px;margin:0 0 16px}
        .cards.four{grid-template-columns:repeat(4,1fr)}
        .card{border:1px solid var(--rule);border-radius:6px;padding:10px 12px}
        .card b{display:block;font-size:22px;line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .card span{display:block;font-size:13px;color:var(--dim)}
        figure{margin:0 0 16px;min-width:0}
        figcaption{font-weight:600;font-size:14px;overflow-wrap:anywhere}
        figcaption .unit{font-weight:400}
        .plot{display:flex}
        svg text{font:11px system-ui,sans-serif;fill:var(--dim);font-variant-numeric:tabular-nums}
        svg.y{flex:none;width:44px}
        svg.x{flex:1;min-width:0;overflow:visible}
        .grids{display:grid;grid-template-columns:repeat(auto-fit,minmax(270px,1fr));gap:0 24px}
        .grids .wide{display:none}
        .grid{stroke:var(--rule)}
        .zero{stroke:var(--dim)}
        .bar,.cell,.point{fill:var(--accent)}
        .inner{fill:var(--deep)}
        .down{fill:var(--down)}
        .line{stroke:var(--accent);stroke-width:2}
        .cell{stroke:var(--card);stroke-width:1}
        .gap,.cell.gap{fill:url(#hatch)}
        #hatch line{stroke:var(--hatch);stroke-width:1.5}
        .key{font-size:13px;margin:0 0 8px}
        .grids figcaption .unit{display:block}
        section>:last-child,section>.grids:last-child>figure:last-child{margin-bottom:0}
        .swatch{display:inline-block;width:12px;height:12px;border-radius:2px;vertical-align:-1px;
        background:var(--accent);margin-right:4px}
        .swatch.deep{background:var(--deep)}
        .swatch.low{background:var(--down)}
        .swatch.hatched{background:repeating-linear-gradient(45deg,var(--hatch) 0 1.5px,transparent 1.5px 4px)}
        .keys{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--dim);margin:0 0 12px}
        table{border-collapse:collapse;width:100%;font-size:14px;margin:0 0 8px}
        th{text-align:left;font-weight:600;color:var(--dim);font-size:13px;
        padding:4px 12px 4px 0;border-bottom:1px solid var(--rule);vertical-align:bottom}
        td{padding:4px 12px 4px 0;border-bottom:1px solid var(--rule);vertical-align:top;overflow-wrap:anywhere}
        td.t>div{min-width:88px}
        th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}
        td.n{white-space:nowrap}
        th:last-child,td:last-child{padding-right:0}
        tbody tr:last-child td{border-bottom:0}
        .incell{width:100%;min-width:90px;display:block;margin-top:7px}
        .tag{border:1px solid var(--rule);border-radius:4px;padding:0 5px;font-size:12px;color:var(--dim);white-space:nowrap;margin-left:6px}
        summary{cursor:pointer;color:var(--accent);font-size:14px;padding:2px 0 6px}
        .nothing{color:var(--dim);margin:8px 0 0}
        footer{font-size:13px;padding-bottom:24px}
        @media (max-width:640px){
        main,header,footer{padding-left:10px;padding-right:10px}
        section{padding:12px}
        .wide{display:none}
        .cards,.cards.four{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}
        .grids{grid-template-columns:minmax(0,1fr)}
        thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        table,tbody{display:block}
        tr{display:grid;grid-template-columns:1fr 1fr;gap:2px 16px;padding:8px 0;border-bottom:1px solid var(--rule)}
        td,td.n{display:flex;justify-content:space-between;gap:8px;border:0;padding:0;text-align:left;white-space:normal}
        td>div{text-align:right;min-width:0}
        td:first-child,td.t{grid-column:1/-1}
        td:has(>div:empty){display:none}
        td.t{justify-content:flex-start}
        td.t>div{text-align:left;min-width:0}
        td:first-child{font-weight:600}
        td::before{content:attr(data-head);color:var(--dim);font-size:13px;flex:none}
        td:first-child::before{content:none}
        td:has(.incell)::before{content:none}
        td:has(.incell)>div{flex:1}
        .incell{margin:4px 0}
        }
        @media print{
        :root{color-scheme:light;
        --page:#fff;--card:#fff;--text:#000;--dim:#444;--rule:#bbb;--accent:#2f6db0;--deep:#123a66;--down:#8d97a3;--hatch:#888}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        body{font-size:11pt}
        nav,summary{display:none}
        section{border:0;padding:0;margin:0 0 18pt}
        figure,.card,tr{break-inside:avoid}
        h2{break-after:avoid}
        details::details-content{content-visibility:visible;display:block;height:auto}
        }
        """;
}
