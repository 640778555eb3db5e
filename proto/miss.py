import sys; sys.path.insert(0,'/tmp/dup')
from ev import *
ans,r,cl,fam=run('/tmp/dup/g20k.parquet')
ed={(e.left,e.right):e for e in r.edges}
lab={}
for k,g in enumerate(r.groups):
    for i in g: lab[i]=k
by=collections.defaultdict(list)
for i,c in enumerate(cl): by[c].append(i)
c=collections.Counter(); ex=collections.defaultdict(list)
for m in by.values():
    for x in range(len(m)):
        for y in range(x+1,len(m)):
            a,b=m[x],m[y]
            if lab.get(a,-a-1)!=lab.get(b,-b-1):
                e=ed.get((a,b)); k=(e.kind,e.titles.relation) if e else "none"; c[k]+=1; ex[k].append((a,b))
print(c)
for k,v in ex.items():
    print(k)
    for a,b in v[:10]:
        e=ed.get((a,b)); print("   ",ans[a].title,"|",ans[b].title,"|",ans[a].question,ans[b].question, e and (round(e.similarity,2),e.rule,[(ans[a].text[d.start-3:d.end+3],ans[b].text[d.other_start-3:d.other_end+3]) for d in e.differences]))
